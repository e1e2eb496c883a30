package dev.hacp.leader.kube;

/// Why a credential cannot be used, in one sentence that names the file and what is expected of it.
public final class CredentialException extends Exception {

    private static final long serialVersionUID = 1L;

    CredentialException(String sentence) {
        super(sentence);
    }
}
