/// Tests of choosing a backend, of the pool's states and of what they need as time passes.
@NullMarked
package dev.hacp.lb.backend;

import org.jspecify.annotations.NullMarked;
