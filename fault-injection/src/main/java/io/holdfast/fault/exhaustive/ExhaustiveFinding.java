package io.holdfast.fault.exhaustive;

/**
 * A crash state after which a promise was broken.
 *
 * @param state names it, for {@link ExhaustiveRun#replay}.
 * @param what  is wrong, in words.
 */
public record ExhaustiveFinding(String state, String what) {}
