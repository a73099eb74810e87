/* Who may move a partition on: leases, epochs, and the checkpoint beside the rows.
 *
 * A worker claims the partition under a new epoch, and reads the position with it. A batch is a transaction: it sees the
 * epoch, the revision and the position that the claim says, applies the next event and moves the position; or it finds
 * another epoch, revision or position, and changes nothing. Between any two steps a worker may stand still for as long
 * as it likes, so another one takes it for dead (`claimable`), and it wakes up later and goes on. Meanwhile an operator
 * replays the parked event once: the position does not change, so only the revision tells the worker to look again.
 *
 * What is parked: event PARKED fails the first time that it is tried, and the one behind it, of the same key, has to wait
 * while the key is parked. A worker knows from its last look whether the key is parked.
 *
 * Checked: every event is applied exactly once at the end and never twice, BEHIND never before PARKED, and it is parked
 * only while PARKED is.
 *
 * Planted with -DPLANT=1: a batch does not compare the epoch and the position.
 * Planted with -DPLANT=2: a replay does not raise the revision, and a batch does not ask for it.
 */
#ifndef PLANT
#define PLANT 0
#endif
#define WORKERS 3
#define EVENTS 4
#define PARKED 2
#define BEHIND 3
#define NOBODY 255
#define TAKEOVERS 3

/* What the file holds. */
byte position = 0;
byte epoch = 0;
byte revision = 0;
byte owner = NOBODY;
bool is_parked[EVENTS + 1];
bool was_replayed = false;

/* What the model knows. */
byte applied[EVENTS + 1];
byte takeovers = 0;

#define key_stands (is_parked[PARKED] || is_parked[BEHIND])

inline apply(event) {
    assert(applied[event] == 0);
    assert(event != BEHIND || applied[PARKED] == 1);
    applied[event]++
}

/* One transaction. */
inline claim() {
    atomic {
        if
        :: owner == NOBODY || owner == _pid -> skip
        :: owner != NOBODY && owner != _pid && takeovers < TAKEOVERS -> takeovers++  /* it was seen standing still */
        :: else -> goto look
        fi;
        owner = _pid;
        epoch++;
        my_epoch = epoch;
        my_revision = revision;
        my_position = position;
        my_key_stands = key_stands
    }
}

#if PLANT == 1
#define still_mine true
#elif PLANT == 2
#define still_mine (epoch == my_epoch && position == my_position)
#else
#define still_mine (epoch == my_epoch && position == my_position && revision == my_revision)
#endif

active [WORKERS] proctype worker() {
    byte my_epoch, my_revision, my_position, next;
    bool my_key_stands, lost;
look:
    if
    :: position == EVENTS -> goto done
    :: position < EVENTS -> claim()
    fi;
batch:
    if
    :: my_position == EVENTS -> goto done
    :: else -> next = my_position + 1
    fi;
    /* Here it may stand still, and everything below is one transaction. */
    atomic {
        if
        :: !still_mine -> lost = true
        :: else ->
            lost = false;
            if
            :: next == PARKED && !was_replayed -> is_parked[next] = true; my_key_stands = true
            :: next == BEHIND && my_key_stands ->
                assert(is_parked[PARKED]);  /* else it waits behind nothing, and for ever */
                is_parked[next] = true
            :: else -> apply(next)
            fi;
            position = next;
            my_position = next
        fi
    }
    if
    :: lost -> goto look
    :: else -> goto batch
    fi;
done:
    skip
}

/* Once, at any time when something is parked: as much of the key as is parked then, in order, and again for what was
 * parked after. A transaction each. */
active proctype operator_replays() {
    do
    :: atomic {
           key_stands ->
           if
           :: is_parked[PARKED] -> apply(PARKED); is_parked[PARKED] = false
           :: else -> skip
           fi;
           if
           :: is_parked[BEHIND] -> apply(BEHIND); is_parked[BEHIND] = false
           :: else -> skip
           fi;
           was_replayed = true;
#if PLANT != 2
           revision++
#endif
       }
    :: atomic { position == EVENTS && !key_stands -> break }
    od
}

/* Nothing is left to do: each event was applied once. */
active proctype check() {
    byte event = 1;
    position == EVENTS && !key_stands;
    do
    :: event <= EVENTS -> assert(applied[event] == 1); event++
    :: else -> break
    od
}

/* It ends: whoever stands still does not keep the others. */
ltl ends { <> (position == EVENTS && !key_stands) }
