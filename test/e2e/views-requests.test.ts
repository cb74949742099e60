import { requestViews } from './support/request-views.ts';
import { testViewsFrom } from './support/test-views.ts';

testViewsFrom(requestViews);
