/* A rebuild beside the running projector: new rows are built in a place of their own, caught up while the present rows
 * are held, and put in their place in one transaction.
 *
 * The log grows meanwhile. A reader that has seen the position p must never see one before p. The rows of a build are the
 * events that it was made of; whoever applies one to rows that have it already, or leaves one out, has broken them.
 *
 *     projector   batch: sees that its claim is good (epoch, position), applies the next event to the present rows
 *     builder     builds beside up to the head that it saw; then, in one transaction that holds off every batch:
 *                 catches up to the head, and swaps. The epoch is raised, so that the projector looks again.
 *
 * Planted with -DPLANT=1: the builder swaps without catching up while the rows are held.
 * Planted with -DPLANT=2: the swap does not raise the epoch, and a batch does not compare the position.
 */
#ifndef PLANT
#define PLANT 0
#endif
#define EVENTS 5
#define READS 4

byte head = 1;

/* The present rows, and those beside: how often each event is in them, by build. */
typedef build {
    byte position;
    byte count[EVENTS + 1]
};
build builds[2];
byte present = 0;
byte epoch = 0;
bool swapped = false;

inline put(which) {
    builds[which].position++;
    builds[which].count[builds[which].position]++
}

active proctype writer() {
    do
    :: atomic { head < EVENTS -> head++ }
    :: head == EVENTS -> break
    od
}

#if PLANT == 2
#define still_mine true
#else
#define still_mine (epoch == my_epoch && builds[present].position == my_position)
#endif

active proctype projector() {
    byte my_epoch, my_position;
    bool lost;
look:
    atomic { my_epoch = epoch; my_position = builds[present].position }
    do
    :: swapped && builds[present].position == EVENTS -> break
    :: my_position < head ->
        /* Here it may stand still. */
        atomic {
            if
            :: !still_mine -> lost = true
            :: else ->
                lost = false;
                my_position++;
                builds[present].position = my_position;
                builds[present].count[my_position]++
            fi
        }
        if
        :: lost -> goto look
        :: else -> skip
        fi
    :: my_position == head && (epoch != my_epoch || builds[present].position != my_position) -> goto look
    od
}

active proctype builder() {
    byte until;
    atomic { until = head };
    do
    :: builds[1].position < until -> atomic { put(1) }
    :: builds[1].position == until && until < head && until < EVENTS - 1 -> until = head  /* once more, or leave it */
    :: builds[1].position == until -> break
    od;
    /* The present rows cannot move on from here to the end. */
    atomic {
#if PLANT != 1
        do
        :: builds[1].position < head -> put(1)
        :: else -> break
        od;
#endif
        present = 1;
#if PLANT != 2
        epoch++;
#endif
        swapped = true
    }
}

active proctype reader() {
    byte seen = 0, reads = 0, now;
    do
    :: reads < READS ->
        atomic { now = builds[present].position };
        assert(now >= seen);
        seen = now;
        reads++
    :: break
    od
}

/* In the rows that are seen each event is once, up to their position, and none behind it. A transaction is whole. */
active proctype check() {
    byte event = 1;
    atomic {
        swapped && builds[present].position == EVENTS ->
        do
        :: event <= EVENTS -> assert(builds[present].count[event] == 1); event++
        :: else -> break
        od
    }
}

ltl ends { <> (swapped && builds[present].position == EVENTS) }
