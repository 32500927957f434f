package io.holdfast.raid.engine;

import io.holdfast.blockdev.BufferSlab;
import io.holdfast.raid.layout.ArrayLayout;
import java.util.ArrayDeque;
import org.agrona.collections.Long2ObjectHashMap;

/** A shard's window operations: which of them own a window, and which nobody uses. Confined to its shard's thread. */
final class WindowPool {
    private final ArrayLayout layout;
    private final WindowGeometry geometry;
    private final WindowOperation[] operations;
    private final ArrayDeque<WindowOperation> free;
    private final Long2ObjectHashMap<WindowOperation> active;

    /**
     * Operations with their buffers, none of them in use.
     *
     * @param layout   of the array.
     * @param geometry of its windows.
     * @param count    of windows that can be owned at once.
     */
    WindowPool(ArrayLayout layout, WindowGeometry geometry, int count) {
        this.layout = layout;
        this.geometry = geometry;
        int slotCount = layout.memberCount();
        int stride = slotCount * geometry.length();
        operations = new WindowOperation[count];
        free = new ArrayDeque<>(count);
        active = new Long2ObjectHashMap<>(count * 4, 0.5f);
        for (int i = 0; i < count; i++) {
            operations[i] = new WindowOperation(
                    i, slotCount, layout.parityCount(), geometry.length(), new BufferSlab(stride).carve(stride));
            free.add(operations[i]);
        }
    }

    int capacity() {
        return operations.length;
    }

    WindowOperation operation(int index) {
        return operations[index];
    }

    /** Operations that nobody uses. */
    int freeCount() {
        return free.size();
    }

    /** The operation that owns a window, or null. */
    WindowOperation owner(long window) {
        return active.get(window);
    }

    /** Have a free operation own a window that nobody owns. */
    WindowOperation take(long window) {
        // Last in, first out: the buffers used last are the ones still in cache.
        WindowOperation operation = free.pollFirst();
        operation.own(window, geometry.memberOffset(window), layout.stripe(geometry.row(window)));
        active.put(window, operation);
        return operation;
    }

    /** Nobody owns its window any more. */
    void giveBack(WindowOperation operation) {
        active.remove(operation.window);
        free.addFirst(operation);
    }
}
