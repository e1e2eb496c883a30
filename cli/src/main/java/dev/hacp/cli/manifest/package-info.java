/// What an operator applies: the manifests as text, from templates in the jar and the options given.
///
/// Nothing here asks a cluster; ManifestIT validates the output against a real API server.
@NullMarked
package dev.hacp.cli.manifest;

import org.jspecify.annotations.NullMarked;
