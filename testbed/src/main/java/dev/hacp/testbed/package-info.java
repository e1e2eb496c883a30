/// What tests, benchmarks and the demo share: conditions under which a test can run, commands, conditions waited for.
///
/// Nothing of this module is ever shipped, and nothing here may know `leader`, `vip`, `lb`, `agent` or `cli`: the jar is
/// watched from outside, as an operator would.
@NullMarked
package dev.hacp.testbed;

import org.jspecify.annotations.NullMarked;
