package io.holdfast.fault.checker;

/** What a device is held to after an interruption. */
public enum Promise {
    /** What was answered before a completed flush was asked for, or with force-unit-access, is there. */
    FLUSHED,
    /** What was answered is there: of an array with a journal, and of any device that itself was not interrupted. */
    ANSWERED
}
