package io.holdfast.fault.exhaustive;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2LongHashMap;

/**
 * How recoveries went, by what they read.
 *
 * <p>A node stands for a recovery that has read so much and must look at some pages next; their contents decide to which node it
 * goes on. Whatever it does between two looks follows from what it has read, because the engine runs on one thread, with a clock
 * and chance of its own that begin alike every time. So two images that lead to the same leaf are recovered by the same
 * operations with the same bytes, and the engine need run for one of them only.
 */
final class BehaviourTree {
    /** The node where every recovery begins. */
    static final int ROOT = 0;

    private static final long NONE = -1;
    private static final int[] UNKNOWN = {};

    private final Long2LongHashMap childByKey = new Long2LongHashMap(NONE);
    private final List<Recovery> leaves = new ArrayList<>();
    private int[][] pages = new int[1024][];
    private int[] leafOfNode = new int[1024];
    private int nodeCount;
    private final Int2ObjectHashMap<int[]> looks = new Int2ObjectHashMap<>();

    /** A tree of which not even the root is known. */
    BehaviourTree() {
        newNode();
    }

    /** Leaves so far. */
    int leafCount() {
        return leaves.size();
    }

    /** Nodes so far. */
    int nodeCount() {
        return nodeCount;
    }

    /** Whether nobody has come this far yet. */
    boolean isUnknown(int node) {
        return pages[node] == UNKNOWN && leafOfNode[node] < 0;
    }

    /** How it ends here; null when it goes on. */
    Recovery leaf(int node) {
        return leafOfNode[node] < 0 ? null : leaves.get(leafOfNode[node]);
    }

    /** The pages that are looked at here. */
    int[] pages(int node) {
        return pages[node];
    }

    /** Where it goes on, or -1 when nobody knows. */
    int child(int node, long contents) {
        return (int) childByKey.get(key(node, contents));
    }

    /** A number for the contents of the pages that a node looks at; pages are added in order, beginning with 0. */
    static long mix(long contents, int content) {
        long x = (contents ^ content) * 0x9E37_79B9_7F4A_7C15L;
        return x ^ (x >>> 32);
    }

    /**
     * Add how a recovery went.
     *
     * @param lookedAt the pages it looked at, look by look.
     * @param image    that it found.
     * @param recovery how it ended.
     * @throws IllegalStateException when the same contents have led elsewhere before: the engine is not deterministic.
     */
    void add(List<int[]> lookedAt, int[] image, Recovery recovery) {
        int node = ROOT;
        for (int[] look : lookedAt) {
            if (leafOfNode[node] >= 0 || (pages[node] != UNKNOWN && !Arrays.equals(pages[node], look))) {
                throw notDeterministic(node, look);
            }
            pages[node] = pages[node] == UNKNOWN ? shared(look) : pages[node];
            long contents = 0;
            for (int page : look) {
                contents = mix(contents, image[page]);
            }
            long key = key(node, contents);
            int child = (int) childByKey.get(key);
            if (child < 0) {
                child = newNode();
                childByKey.put(key, child);
            }
            node = child;
        }
        if (!isUnknown(node)) {
            throw notDeterministic(node, UNKNOWN);
        }
        leafOfNode[node] = leaves.size();
        leaves.add(recovery);
    }

    /** Recoveries look at the same few sets of pages again and again: each is kept once. */
    private int[] shared(int[] look) {
        int[] same = looks.get(Arrays.hashCode(look));
        if (same == null) {
            looks.put(Arrays.hashCode(look), look);
            return look;
        }
        return Arrays.equals(same, look) ? same : look;
    }

    private int newNode() {
        if (nodeCount == pages.length) {
            pages = Arrays.copyOf(pages, nodeCount * 2);
            leafOfNode = Arrays.copyOf(leafOfNode, nodeCount * 2);
        }
        pages[nodeCount] = UNKNOWN;
        leafOfNode[nodeCount] = -1;
        return nodeCount++;
    }

    private static long key(int node, long contents) {
        long x = contents ^ (node + 1) * 0xBF58_476D_1CE4_E5B9L;
        x = (x ^ (x >>> 31)) * 0x94D0_49BB_1331_11EBL;
        return x ^ (x >>> 30);
    }

    private static IllegalStateException notDeterministic(int node, int[] look) {
        return new IllegalStateException("a recovery that read the same as another went on differently: node=" + node
                + " pages=" + Arrays.toString(look));
    }
}
