import { testScene } from './support/test-views.ts';
import { webhookScene } from './support/webhook-scene.ts';

testScene(webhookScene);
