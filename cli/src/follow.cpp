#include "follow_notes.hpp"
#include "opened_projections.hpp"
#include "task_runs.hpp"
#include "veiled_errors.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/cli/interrupt.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/projections/error_policy.hpp>
#include <foldline/projections/group_worker.hpp>
#include <foldline/projections/projection_runner.hpp>
#include <foldline/projections/projector.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

using namespace std::chrono_literals;

/// How soon an interrupt is noticed, and how often the line on the terminal changes.
constexpr auto between_looks = 200ms;

constexpr global_position beyond_all{std::numeric_limits<std::int64_t>::max()};

/// Everything that works on the projections, in the order in which it is made.
class followers {
public:
    followers(projection_host& host, const follow_request& request)
        : host_(host), wanted_(chosen(host, request.names)), worker_(host.events(), options_of(request)) {
        if (request.work == sharing::group) group_.emplace(host.models(), self_, ticks_);
        for (const described_projection* each : wanted_) add(*each, request);
        projection_runner_options options;
        if (group_) options.group = &*group_;
        runner_.emplace(worker_, host.commits(), options);
    }

    [[nodiscard]] projection_runner& runner() { return *runner_; }

    /// Throws for rows that cannot go on: they stand somewhere, but will never be right.
    void require_all_continuable() const {
        for (const described_projection* each : wanted_)
            if (const auto state = host_.models().find(each->name))
                require_continuable(host_.events(), host_.models(), *each->make(), *state);
    }
    /// By whomever: the file says so.
    [[nodiscard]] bool all_reached(global_position target) const {
        for (const described_projection* each : wanted_) {
            const auto state = host_.models().find(each->name);
            if (!state || state->position() < target) return false;
        }
        return true;
    }
    /// The name of one that will get no further because it is paused; empty if there is none.
    [[nodiscard]] std::string paused_before(global_position target) const {
        for (const described_projection* each : wanted_) {
            const auto state = host_.models().find(each->name);
            if (state && state->paused && state->position() < target) return each->name;
        }
        return {};
    }

private:
    [[nodiscard]] projector_options options_of(const follow_request& request) const {
        projector_options options;
        options.partitions = static_cast<std::size_t>(request.partitions.value_or(1));
        if (request.work == sharing::group) options.worker = self_;
        return options;
    }

    void add(const described_projection& described, const follow_request& request) {
        projection& made = *objects_.emplace_back(described.make());
        // A group shares what there is, so somebody has to begin.
        if (group_)
            host_.models().create(made, host_.events().identity(),
                                  partitions(static_cast<std::size_t>(request.partitions.value_or(1))),
                                  if_present::leave);
        worker_.add(made, host_.models(), described.on_failure);
        if (group_) group_->join(described.name);
    }

    projection_host& host_;
    system_clock time_;
    system_monotonic_clock ticks_;
    worker_id self_{uuid_v7_source{time_}.next()};
    std::vector<const described_projection*> wanted_;
    std::vector<std::unique_ptr<projection>> objects_;
    projector worker_;
    std::optional<group_worker> group_;
    std::optional<projection_runner> runner_;  // last, since its threads use the members above
};

/// How they get on, with what is personal masked in what they say of errors.
class told_status {
public:
    told_status(const event_store& events, const std::vector<const described_projection*>& wanted,
                personal_data personal)
        : errors_(events, personal) {
        for (const described_projection* each : wanted) {
            const auto made = each->make();
            for (const projected_event& event : made->events())
                wanted_[each->name].push_back(wanted_type::every_version_of(std::string(event.type.name)));
        }
    }

    [[nodiscard]] std::vector<projection_status> of(std::vector<projection_status> all) {
        for (projection_status& each : all)
            if (!each.error.empty() && may_be_of_event(each)) each.error = told(each);
        return all;
    }

private:
    /// What is of the disk, or of the program and its files, is said in Foldline's own words.
    static bool may_be_of_event(const projection_status& one) {
        if (!one.thrown) return true;
        const failure_class what = class_of(one.thrown);
        return what == failure_class::event || what == failure_class::unreachable;
    }

    /// The event is in the batch that begins after its position. It is asked for often, and changes seldom.
    std::string told(const projection_status& one) {
        known& before = known_[{one.projection, one.part}];
        if (before.position != one.position || before.error != one.error) {
            const auto next = read_query::all().after(one.position).of_types(wanted_[one.projection]);
            before = {one.position, one.error, errors_.of_one_among(one.error, next, projector_options{}.batch.value)};
        }
        return before.told;
    }

    struct known {
        global_position position;
        std::string error;
        std::string told;
    };
    veiled_errors errors_;
    std::map<std::string, std::vector<wanted_type>> wanted_;
    std::map<std::pair<std::string, partition>, known> known_;
};

/// Lets the main thread sleep until something changes.
class wake_up {
public:
    explicit wake_up(commit_signal& changes)
        : connection_(changes.connect([state = state_](global_position) { state->changed.notify_all(); })) {}

    void wait() {
        std::unique_lock lock{state_->mutex};
        state_->changed.wait_for(lock, between_looks);
    }

private:
    struct shared {
        std::mutex mutex;
        std::condition_variable changed;
    };
    std::shared_ptr<shared> state_ = std::make_shared<shared>();  // a slot may outlive its connection
    commit_connection connection_;
};

/// Null if none has stopped.
const projection_status* stopped_one(const std::vector<projection_status>& all) {
    const auto found = std::find_if(all.begin(), all.end(), [](const projection_status& each) {
        return each.doing == activity::stopped && each.thrown;
    });
    return found == all.end() ? nullptr : &*found;
}

int tell_stopped(const projection_status& one, const console& to) {
    try {
        std::rethrow_exception(one.thrown);
    } catch (const std::exception& error) {
        return to.fail(code_of(error), one.error);
    }
}

int code_when_interrupted(const follow_request& request) {
    return request.end == follow_end::never && is_terminated() ? exit_code::ok : exit_code::interrupted;
}

}  // namespace

int run(const follow_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    const global_position target = host->events().head();
    catch_interrupts();
    followers all{*host, request};
    if (request.end == follow_end::current) all.require_all_continuable();
    told_status told{host->events(), chosen(*host, request.names), request.personal};
    follow_notes notes{to.self.name, to.err};
    wake_up changes{all.runner().changes()};
    for (;;) {
        const bool is_running = all.runner().running();
        const auto status = told.of(all.runner().status());
        notes.tell(status);
        if (request.end == follow_end::current && all.all_reached(target)) return exit_code::ok;
        if (is_interrupted()) return code_when_interrupted(request);
        // Others go on without one that stopped, but that one would be waited for in vain.
        if (!is_running || request.end == follow_end::current)
            if (const auto* stopped = stopped_one(status)) return tell_stopped(*stopped, to);
        // What else ended it is thrown here.
        if (!is_running) (void)all.runner().wait_until(beyond_all, 0ms);
        if (request.end == follow_end::current) {
            if (const std::string paused = all.paused_before(target); !paused.empty())
                throw std::runtime_error(fmt::format("projection {} is paused; resume it first", paused));
        }
        changes.wait();
    }
}

}  // namespace foldline::inline v0::cli
