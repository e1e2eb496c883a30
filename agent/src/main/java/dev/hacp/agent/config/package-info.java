/// Configuration: one table of options ([Options]) that drives flags, environment variables, YAML keys, help and
/// docs/configuration.md, and the immutable records it is read into.
///
/// Nothing here opens a socket, resolves a name or reads a credential.
@NullMarked
package dev.hacp.agent.config;

import org.jspecify.annotations.NullMarked;
