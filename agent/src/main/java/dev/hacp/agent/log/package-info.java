/// How the agent's log looks: text for people, JSON for machines. Logback, configured in code: no XML is parsed at start.
@NullMarked
package dev.hacp.agent.log;

import org.jspecify.annotations.NullMarked;
