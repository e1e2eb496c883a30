package dev.hacp.vip.steering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The program, instruction by instruction. In C:
/// ```c
/// struct key { __u32 family, port; __u32 address[4]; };           // address in network order, IPv4 in the first word
/// int steer(struct bpf_sk_lookup *ctx) {
///     if (ctx->protocol != IPPROTO_TCP) return SK_PASS;
///     struct key key = { ctx->family, ctx->local_port, ... };
///     __u32 *slot = bpf_map_lookup_elem(&vips, &key);              // which listener serves this VIP:port
///     if (!slot) return SK_PASS;
///     __u32 index = *slot;
///     struct bpf_sock *listener = bpf_map_lookup_elem(&listeners, &index);
///     if (!listener) return SK_PASS;                               // closed: the ordinary lookup decides
///     bpf_sk_assign(ctx, listener, 0);
///     bpf_sk_release(listener);
///     return SK_PASS;
/// }
/// ```
/// What does not match passes on untouched, to other programs in the namespace and to the ordinary lookup.
final class SkLookupProgram {

    static final int KEY_SIZE = 24;

    // struct bpf_sk_lookup, include/uapi/linux/bpf.h
    private static final int CTX_FAMILY = 8;
    private static final int CTX_PROTOCOL = 12;
    private static final int CTX_LOCAL_IP4 = 40;
    private static final int CTX_LOCAL_IP6 = 44;
    private static final int CTX_LOCAL_PORT = 60;

    private static final int LOAD_WORD = 0x61;
    private static final int STORE_WORD = 0x63;
    private static final int STORE_WORD_IMMEDIATE = 0x62;
    private static final int MOVE = 0xbf;
    private static final int MOVE_IMMEDIATE = 0xb7;
    private static final int ADD_IMMEDIATE = 0x07;
    private static final int LOAD_MAP = 0x18;
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;
    private static final int JUMP = 0x05;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int JUMP_UNLESS_EQUAL = 0x55;
    private static final int PSEUDO_MAP_FD = 1;

    private static final int MAP_LOOKUP = 1;
    private static final int SK_RELEASE = 86;
    private static final int SK_ASSIGN = 124;
    private static final int SK_PASS = 1;
    private static final int TCP = 6;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    private static final int KEY = -24;
    private static final int INDEX = -28;

    private final List<Long> code = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();
    private final Map<Integer, String> jumps = new HashMap<>();

    private SkLookupProgram() {}

    /// @param vips      hash map from key to the listener's index
    /// @param listeners SOCKMAP from index to listening socket
    static long[] assemble(int vips, int listeners) {
        SkLookupProgram p = new SkLookupProgram();
        p.emit(MOVE, 6, 1, 0, 0);
        p.emit(LOAD_WORD, 2, 6, CTX_PROTOCOL, 0);
        p.jump(JUMP_UNLESS_EQUAL, 2, TCP, "pass");
        p.emit(LOAD_WORD, 7, 6, CTX_FAMILY, 0);
        p.emit(STORE_WORD, 10, 7, KEY, 0);
        p.emit(LOAD_WORD, 2, 6, CTX_LOCAL_PORT, 0);
        p.emit(STORE_WORD, 10, 2, KEY + 4, 0);
        p.jump(JUMP_UNLESS_EQUAL, 7, AF_INET, "ipv6");
        p.emit(LOAD_WORD, 2, 6, CTX_LOCAL_IP4, 0);
        p.emit(STORE_WORD, 10, 2, KEY + 8, 0);
        for (int word = 1; word < 4; word++) {
            p.emit(STORE_WORD_IMMEDIATE, 10, 0, KEY + 8 + 4 * word, 0);
        }
        p.jump(JUMP, 0, 0, "lookup");
        p.label("ipv6");
        p.jump(JUMP_UNLESS_EQUAL, 7, AF_INET6, "pass");
        for (int word = 0; word < 4; word++) {
            p.emit(LOAD_WORD, 2, 6, CTX_LOCAL_IP6 + 4 * word, 0);
            p.emit(STORE_WORD, 10, 2, KEY + 8 + 4 * word, 0);
        }
        p.label("lookup");
        p.lookup(vips, KEY);
        p.jump(JUMP_IF_EQUAL, 0, 0, "pass");
        p.emit(LOAD_WORD, 2, 0, 0, 0);
        p.emit(STORE_WORD, 10, 2, INDEX, 0);
        p.lookup(listeners, INDEX);
        p.jump(JUMP_IF_EQUAL, 0, 0, "pass");
        p.emit(MOVE, 7, 0, 0, 0);
        p.emit(MOVE, 1, 6, 0, 0);
        p.emit(MOVE, 2, 7, 0, 0);
        p.emit(MOVE_IMMEDIATE, 3, 0, 0, 0);
        p.emit(CALL, 0, 0, 0, SK_ASSIGN);
        p.emit(MOVE, 1, 7, 0, 0);
        p.emit(CALL, 0, 0, 0, SK_RELEASE);
        p.label("pass");
        p.emit(MOVE_IMMEDIATE, 0, 0, 0, SK_PASS);
        p.emit(EXIT, 0, 0, 0, 0);
        return p.link();
    }

    private void lookup(int map, int keyOffset) {
        // A 64-bit load takes two instruction slots.
        emit(LOAD_MAP, 1, PSEUDO_MAP_FD, 0, map);
        code.add(0L);
        emit(MOVE, 2, 10, 0, 0);
        emit(ADD_IMMEDIATE, 2, 0, 0, keyOffset);
        emit(CALL, 0, 0, 0, MAP_LOOKUP);
    }

    private void label(String name) {
        labels.put(name, code.size());
    }

    private void jump(int operation, int register, int immediate, String label) {
        jumps.put(code.size(), label);
        emit(operation, register, 0, 0, immediate);
    }

    private void emit(int operation, int destination, int source, int offset, int immediate) {
        code.add(instruction(operation, destination, source, offset, immediate));
    }

    private long[] link() {
        jumps.forEach((at, label) -> {
            Integer to = labels.get(label);
            if (to == null) {
                throw new IllegalStateException(label);
            }
            code.set(at, code.get(at) | (to - at - 1 & 0xffffL) << 16);
        });
        return code.stream().mapToLong(Long::longValue).toArray();
    }

    private static long instruction(int operation, int destination, int source, int offset, int immediate) {
        return (operation & 0xffL) | (destination & 0xfL) << 8 | (source & 0xfL) << 12 | (offset & 0xffffL) << 16
                | (immediate & 0xffff_ffffL) << 32;
    }
}
