import { testViewsOfFixture } from './support/test-views.ts';
import { webhookViews } from './support/webhook-views.ts';

testViewsOfFixture(webhookViews);
