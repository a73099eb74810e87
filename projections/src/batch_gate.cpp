#include <foldline/projections/detail/batch_gate.hpp>

namespace foldline::inline v0::detail {

void batch_gate::begin_turn() {
    std::unique_lock lock{mutex_};
    turn_is_free_.wait(lock, [&] { return !taken_; });
    taken_ = true;
}

void batch_gate::end_turn() {
    {
        std::scoped_lock lock{mutex_};
        taken_ = false;
    }
    turn_is_free_.notify_one();
}

void batch_gate::begin_change() {
    std::unique_lock lock{mutex_};
    changing_ = true;
    nobody_reads_.wait(lock, [&] { return readers_ == 0; });
}

void batch_gate::end_change() {
    {
        std::scoped_lock lock{mutex_};
        changing_ = false;
        ++changes_;
        // They count as reading before they wake up, so that the next change cannot begin before they have read.
        readers_ += waiting_;
        waiting_ = 0;
    }
    change_ended_.notify_all();
}

void batch_gate::begin_read() {
    std::unique_lock lock{mutex_};
    if (!changing_) {
        ++readers_;
        return;
    }
    ++waiting_;
    change_ended_.wait(lock, [&, seen = changes_] { return changes_ != seen; });
}

void batch_gate::end_read() {
    // Told under the lock: where the reader was the last one, the gate may be gone as soon as it is free.
    std::scoped_lock lock{mutex_};
    if (--readers_ == 0) nobody_reads_.notify_one();
}

}  // namespace foldline::inline v0::detail
