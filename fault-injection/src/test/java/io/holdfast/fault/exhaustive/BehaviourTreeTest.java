package io.holdfast.fault.exhaustive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class BehaviourTreeTest {
    private final BehaviourTree tree = new BehaviourTree();

    private static Recovery recovery() {
        return new Recovery(Recovery.Outcome.SERVED, 0, true, "", new int[0]);
    }

    private static long contents(int... all) {
        long mixed = 0;
        for (int each : all) {
            mixed = BehaviourTree.mix(mixed, each);
        }
        return mixed;
    }

    @Test
    void shouldLeadWhoReadsTheSameToTheSameEnd() {
        Recovery recovery = recovery();
        assertTrue(tree.isUnknown(BehaviourTree.ROOT));
        tree.add(List.of(new int[] {3, 4}, new int[] {0}), new int[] {9, 0, 0, 5, 6}, recovery);
        int node = tree.child(BehaviourTree.ROOT, contents(5, 6));
        assertSame(recovery, tree.leaf(tree.child(node, contents(9))));
        assertEquals(-1, tree.child(node, contents(8)));
        assertEquals(-1, tree.child(BehaviourTree.ROOT, contents(6, 5)));
    }

    @Test
    void shouldNoticeAnEngineThatReadsTheSameAndLooksElsewhere() {
        tree.add(List.of(new int[] {0}, new int[] {1}), new int[] {1, 2, 3}, recovery());
        assertThrows(
                IllegalStateException.class,
                () -> tree.add(List.of(new int[] {0}, new int[] {2}), new int[] {1, 2, 3}, recovery()));
        assertThrows(
                IllegalStateException.class,
                () -> tree.add(List.of(new int[] {0}, new int[] {1}), new int[] {1, 2, 3}, recovery()));
        assertThrows(
                IllegalStateException.class, () -> tree.add(List.of(new int[] {0}), new int[] {1, 2, 3}, recovery()));
    }
}
