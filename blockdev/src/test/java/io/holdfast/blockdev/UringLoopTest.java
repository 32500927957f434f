package io.holdfast.blockdev;

class UringLoopTest extends IoLoopContract {
    @Override
    protected IoLoop createLoop(String name, org.agrona.ErrorHandler errorHandler) {
        return new UringLoop(name, errorHandler);
    }
}
