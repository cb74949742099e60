import { testViews } from './support/test-views.ts';

testViews((views) => views.ownInstalls);
