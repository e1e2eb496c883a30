package dev.hacp.leader.kube;

/// What is asked, in the words of RBAC, for messages: `update leases.coordination.k8s.io kube-system/hacp`.
///
/// @param write whether it changes something: two answers to one write need not agree
record ApiRequest(String verb, String resource, String object, boolean write) {

    static ApiRequest read(String verb, String resource, String object) {
        return new ApiRequest(verb, resource, object, false);
    }

    static ApiRequest write(String verb, String resource, String object) {
        return new ApiRequest(verb, resource, object, true);
    }

    @Override
    public String toString() {
        return verb + " " + resource + (object.isEmpty() ? "" : " " + object);
    }
}
