import { policyViews } from './support/policy-views.ts';
import { testViewFixture } from './support/test-views.ts';

testViewFixture(policyViews);
