/// The main job shown to a person: what `bin/demo` runs.
@NullMarked
package dev.hacp.testbed.demo;

import org.jspecify.annotations.NullMarked;
