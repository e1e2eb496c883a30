package dev.hacp.leader.kube;

/// Why a credential cannot be used, in one sentence that names the file and what is expected of it.
public final class CredentialException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean ofContent;

    /// The source cannot be read at all.
    CredentialException(String sentence) {
        this(sentence, false);
    }

    private CredentialException(String sentence, boolean ofContent) {
        super(sentence);
        this.ofContent = ofContent;
    }

    /// It can be read, and what it says cannot be used: half written, perhaps, or edited by mistake.
    static CredentialException ofContent(String sentence) {
        return new CredentialException(sentence, true);
    }

    boolean isOfContent() {
        return ofContent;
    }
}
