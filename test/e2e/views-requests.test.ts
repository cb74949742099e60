import { requestViews } from './support/request-views.ts';
import { testViewFixture } from './support/test-views.ts';

testViewFixture(requestViews);
