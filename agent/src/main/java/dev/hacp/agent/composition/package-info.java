/// The composition root: the one place where leader, vip and lb meet. [Agent] and [BalanceAgent] are what `hacp run` and
/// `hacp balance` start.
@NullMarked
package dev.hacp.agent.composition;

import org.jspecify.annotations.NullMarked;
