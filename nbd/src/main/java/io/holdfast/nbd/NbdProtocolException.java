package io.holdfast.nbd;

/** A server that does not keep to the protocol, or that refuses. The message is the end of a sentence that begins with it. */
final class NbdProtocolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NbdProtocolException(String message) {
        super(message);
    }
}
