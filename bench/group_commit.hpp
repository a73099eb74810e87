#pragma once

#include "raw_sqlite.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace foldline_bench {

/// One event on its way into a log that several callers share. May be used again once it is done.
struct raw_append {
    raw_stream stream;  ///< after it is done: with its number, if it was new
    std::string name;   ///< of a stream that is new
    raw_event event;

private:
    friend class raw_group_commit;
    std::atomic<bool> done_ = false;
    std::condition_variable waiter_;
};

/// What a careful programmer writes who knows that syncing the disk costs more than all else: one thread writes, and
/// stores all appends that wait in one commit. A lone caller commits by itself, since waking a thread would cost it as
/// much as the append.
///
/// Threads: shared. The log is this object's alone; appends outlive it.
class raw_group_commit {
public:
    explicit raw_group_commit(raw_log& log);
    ~raw_group_commit();
    raw_group_commit(const raw_group_commit&) = delete;
    raw_group_commit& operator=(const raw_group_commit&) = delete;

    /// Returns once it is committed.
    void append(raw_append& mine);

    /// Lets it be stored behind those that were submitted before.
    void submit(raw_append& mine);
    /// Waits until it is committed.
    void wait_for(raw_append& mine);

private:
    void write_until_stopped();
    void store(std::span<raw_append* const> group);
    void add(raw_append& append);
    void enqueue(raw_append& mine);
    void wait_for(raw_append& mine, std::unique_lock<std::mutex>& lock);

    raw_log& log_;  // of whoever made `writing_` true
    std::mutex mutex_;
    std::condition_variable work_;
    std::vector<raw_append*> waiting_;
    bool writing_ = false;
    bool lone_ = true;  // the last commit had one event
    bool stop_ = false;
    std::thread writer_;
};

}  // namespace foldline_bench
