/// What balancers make of the less usual things that TCP allows and networks do: the same scenarios through hacp, HAProxy and nginx, side
/// by side. Nothing is measured here but right or wrong.
@NullMarked
package dev.hacp.testbed.bench.conformance;

import org.jspecify.annotations.NullMarked;
