import { requestViews } from './support/request-views.ts';
import { testViewsOfFixture } from './support/test-views.ts';

testViewsOfFixture(requestViews);
