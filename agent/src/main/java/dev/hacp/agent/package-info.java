/// What a node runs. Here is only what all packages below may know: the [Version]. `composition` joins the modules; the others
/// are its parts and know nothing of it.
@NullMarked
package dev.hacp.agent;

import org.jspecify.annotations.NullMarked;
