package io.holdfast.fault.exhaustive;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Takes every image of a box through recovery, once for all images that a recovery cannot tell apart.
 *
 * <p>It follows the {@link BehaviourTree} from its root. Where a node looks at a page of which the box leaves open what it holds,
 * the walk forks; pages that no recovery looks at are never decided, and all images that differ only there are done together. Where
 * the tree ends without a leaf, the engine runs and the tree grows.
 */
final class BoxWalk {
    /** Told of each group of images that are recovered alike. */
    interface Visitor {
        /**
         * A group.
         *
         * @param recovery of all of them.
         * @param group    the images.
         * @param chosen   by page of the box, the index of the content that was settled, or -1.
         */
        void onGroup(Recovery recovery, Box group, int[] chosen);

        /** Whether to go on; asked at every group. */
        boolean isToGoOn();
    }

    private final BehaviourTree tree;
    private final RecoveryRunner runner;
    private final TraceWorld world;
    private final int lost;
    private final boolean isForced;
    private final int[] placeOfPage;
    private final int[] image;
    private Box box;
    private int[] chosen;
    private Visitor visitor;
    private long groupLimit;

    /**
     * Walks for one set of missing members.
     *
     * @param runner   that runs the engine.
     * @param world    that it runs in.
     * @param lost     members that are not there, the first slot in the lowest bit.
     * @param isForced whether starts are forced.
     */
    BoxWalk(RecoveryRunner runner, TraceWorld world, int lost, boolean isForced) {
        this.tree = new BehaviourTree();
        this.runner = runner;
        this.world = world;
        this.lost = lost;
        this.isForced = isForced;
        placeOfPage = new int[world.pageCount()];
        image = new int[world.pageCount()];
        Arrays.fill(placeOfPage, -1);
    }

    /** Members that are not there. */
    int lost() {
        return lost;
    }

    /** Whether starts are forced. */
    boolean isForced() {
        return isForced;
    }

    /** How recoveries went so far. */
    BehaviourTree tree() {
        return tree;
    }

    /**
     * Take every image of a box through recovery.
     *
     * @param wanted     the images.
     * @param mostGroups to visit.
     * @param told       of each group.
     * @return whether that were all; false when there are more groups than {@code mostGroups}.
     */
    boolean walk(Box wanted, long mostGroups, Visitor told) {
        begin(wanted, told);
        groupLimit = mostGroups;
        descend(BehaviourTree.ROOT);
        end();
        return groupLimit >= 0;
    }

    /**
     * Take some images of a box through recovery, one by one.
     *
     * @param wanted the images.
     * @param count  how many to draw.
     * @param random draws them.
     * @param told   of each.
     */
    void sample(Box wanted, int count, SplittableRandom random, Visitor told) {
        begin(wanted, told);
        for (int i = 0; i < count && told.isToGoOn(); i++) {
            for (int place = 0; place < chosen.length; place++) {
                chosen[place] = random.nextInt(wanted.contents(place).length);
            }
            groupLimit = 1;
            descend(BehaviourTree.ROOT);
        }
        end();
    }

    private void begin(Box wanted, Visitor told) {
        box = wanted;
        visitor = told;
        chosen = new int[wanted.listed()];
        Arrays.fill(chosen, -1);
        for (int i = 0; i < chosen.length; i++) {
            placeOfPage[wanted.page(i)] = i;
        }
    }

    private void end() {
        for (int i = 0; i < chosen.length; i++) {
            placeOfPage[box.page(i)] = -1;
        }
    }

    private void descend(int from) {
        int node = from;
        while (true) {
            if (groupLimit < 0 || !visitor.isToGoOn()) {
                return;
            }
            if (tree.isUnknown(node)) {
                grow();
            }
            Recovery recovery = tree.leaf(node);
            if (recovery != null) {
                if (--groupLimit >= 0) {
                    visitor.onGroup(recovery, box.narrowed(chosen), chosen);
                }
                return;
            }
            int open = firstOpen(tree.pages(node));
            if (open >= 0) {
                for (int i = 0; i < box.contents(open).length; i++) {
                    chosen[open] = i;
                    descend(node);
                }
                chosen[open] = -1;
                return;
            }
            long contents = 0;
            for (int page : tree.pages(node)) {
                contents = BehaviourTree.mix(contents, content(page));
            }
            int child = tree.child(node, contents);
            if (child < 0) {
                grow();
                child = tree.child(node, contents);
            }
            node = child;
        }
    }

    /** The first page of a look of which it is open what it holds, as a place in the box; -1 when there is none. */
    private int firstOpen(int[] look) {
        for (int page : look) {
            int place = placeOfPage[page];
            if (place >= 0 && chosen[place] < 0 && box.contents(place).length > 1) {
                return place;
            }
        }
        return -1;
    }

    private int content(int page) {
        int place = placeOfPage[page];
        return place < 0 ? box.base(page) : box.contents(place)[Math.max(chosen[place], 0)];
    }

    private void grow() {
        box.image(chosen, image);
        Recovery recovery = runner.run(image, lost, isForced);
        tree.add(world.lookedAt(), image, recovery);
    }
}
