package dev.hacp.lb.relay;

import org.jspecify.annotations.Nullable;

/// A list whose links are its elements: adding and removing is two pointers, nothing is allocated. Owned by one loop.
final class Chain<T extends Chain.Link<T>> {

    /// An element of at most one chain.
    abstract static class Link<T extends Link<T>> {
        private @Nullable T previous;
        private @Nullable T next;
        private @Nullable Chain<T> chain;
    }

    private @Nullable T first;
    private @Nullable T last;
    private int size;

    int size() {
        return size;
    }

    @Nullable
    T first() {
        return first;
    }

    static <T extends Link<T>> @Nullable T next(T link) {
        Link<T> l = link;
        return l.next;
    }

    void addLast(T link) {
        Link<T> l = link;
        assert l.chain == null;
        l.chain = this;
        T before = last;
        Link<T> b = before;
        l.previous = before;
        if (b == null) {
            first = link;
        } else {
            b.next = link;
        }
        last = link;
        size++;
    }

    /// Nothing happens when it is in no chain.
    static <T extends Link<T>> void remove(T link) {
        Link<T> l = link;
        Chain<T> chain = l.chain;
        if (chain == null) {
            return;
        }
        Link<T> before = l.previous;
        Link<T> after = l.next;
        if (before == null) {
            chain.first = l.next;
        } else {
            before.next = l.next;
        }
        if (after == null) {
            chain.last = l.previous;
        } else {
            after.previous = l.previous;
        }
        l.previous = null;
        l.next = null;
        l.chain = null;
        chain.size--;
    }
}
