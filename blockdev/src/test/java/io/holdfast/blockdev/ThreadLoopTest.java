package io.holdfast.blockdev;

class ThreadLoopTest extends IoLoopContract {
    @Override
    protected IoLoop createLoop(String name, org.agrona.ErrorHandler errorHandler) {
        return new ThreadLoop(name, errorHandler);
    }
}
