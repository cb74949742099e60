import { testViewFixture } from './support/test-views.ts';
import { webhookViews } from './support/webhook-views.ts';

testViewFixture(webhookViews);
