/// What is seen of an agent over HTTP on its admin address: metrics, health, readiness, status. Reads only suppliers of
/// live snapshots; nothing here knows how the modules work.
@NullMarked
package dev.hacp.agent.admin;

import org.jspecify.annotations.NullMarked;
