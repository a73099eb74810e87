#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace foldline::inline v0::detail {

/// Lets one worker at a time work on an object that many read: it takes the turn for a batch, and keeps readers out from
/// its first change to its last.
///
/// Neither side starves: a change that waits holds back readers that come later, and the end of a change lets in every
/// reader that waits, before another change begins. A reader must not read again inside.
///
/// Threads: shared. What one thread began another may end.
class batch_gate {
public:
    void begin_turn();
    void end_turn();
    /// For who has the turn.
    void begin_change();
    void end_change();
    void begin_read();
    void end_read();

private:
    std::mutex mutex_;
    std::condition_variable turn_is_free_;
    std::condition_variable nobody_reads_;
    std::condition_variable change_ended_;
    bool taken_ = false;
    bool changing_ = false;  // or waiting to
    std::uint64_t changes_ = 0;
    std::uint64_t readers_ = 0;
    std::uint64_t waiting_ = 0;
};

/// The turn, as long as it lives.
class batch_turn {
public:
    explicit batch_turn(batch_gate& gate) : gate_(gate) { gate_.begin_turn(); }
    ~batch_turn() { gate_.end_turn(); }
    batch_turn(const batch_turn&) = delete;
    batch_turn& operator=(const batch_turn&) = delete;

private:
    batch_gate& gate_;
};

/// A change, as long as it lives.
class batch_change {
public:
    explicit batch_change(batch_gate& gate) : gate_(gate) { gate_.begin_change(); }
    ~batch_change() { gate_.end_change(); }
    batch_change(const batch_change&) = delete;
    batch_change& operator=(const batch_change&) = delete;

private:
    batch_gate& gate_;
};

/// A reader, as long as it lives.
class batch_reader {
public:
    explicit batch_reader(batch_gate& gate) : gate_(gate) { gate_.begin_read(); }
    ~batch_reader() { gate_.end_read(); }
    batch_reader(const batch_reader&) = delete;
    batch_reader& operator=(const batch_reader&) = delete;

private:
    batch_gate& gate_;
};

}  // namespace foldline::inline v0::detail
