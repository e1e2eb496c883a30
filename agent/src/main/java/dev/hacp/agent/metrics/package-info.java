/// The numbers of an agent in Prometheus' text format, read from the modules' own counters when scraped: the data path pays
/// nothing for them.
@NullMarked
package dev.hacp.agent.metrics;

import org.jspecify.annotations.NullMarked;
