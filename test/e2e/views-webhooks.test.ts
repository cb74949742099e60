import { testViewsFrom } from './support/test-views.ts';
import { webhookViews } from './support/webhook-views.ts';

testViewsFrom(webhookViews);
