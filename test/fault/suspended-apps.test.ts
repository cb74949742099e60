import { testSuite } from './suite.ts';

testSuite('suspendedApps');
