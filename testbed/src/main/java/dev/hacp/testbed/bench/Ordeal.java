package dev.hacp.testbed.bench;

/// Something that lasts, and that no owner should lose its VIP by.
interface Ordeal {

    void run() throws Exception;
}
