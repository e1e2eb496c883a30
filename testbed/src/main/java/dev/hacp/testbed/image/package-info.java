/// The agent as it is shipped, with the flags and the AOT cache of the image: the run that the cache is made from, and how
/// long it takes to start and how much memory it holds. Started by deploy/image/build and bench/start.
@NullMarked
package dev.hacp.testbed.image;

import org.jspecify.annotations.NullMarked;
