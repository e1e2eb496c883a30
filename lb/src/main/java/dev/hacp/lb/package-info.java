/// The balancer as a whole: [dev.hacp.lb.Balancer] joins frontends, relay and backend pool, starts and stops them. What a
/// part does lives in its own package below; what calls the balancer (commands, metrics) lives in `cli`.
@NullMarked
package dev.hacp.lb;

import org.jspecify.annotations.NullMarked;
