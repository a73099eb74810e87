#include <foldline/upcasters/reachability.hpp>

#include "stored_classes.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <set>
#include <string>

namespace foldline::inline v0 {
namespace {

namespace pb = google::protobuf;

class reachability {
public:
    reachability(const event_store& store, const upcaster_chain& chain, const event_catalog& known)
        : store_(store), chain_(chain), known_(known) {}

    void check(event_type stored) {
        if (chain_.step_from(stored)) {
            check_ends(stored);
            check_steps(stored);
        } else if (!known_.knows(stored)) {
            file_unreachable(stored);
        }
    }

    /// A part that the chain makes is folded as the class of the catalog without another look.
    void check_classes() {
        for (const auto& [from, step] : chain_.steps()) {
            for (const auto& target : step.to) {
                if (!target.new_message) continue;  // decoded into the class of whoever reads it
                const std::string_view expected = known_.message_of(target.type);
                const std::string& made = target.new_message()->GetDescriptor()->full_name();
                if (!expected.empty() && expected != made)
                    problem("two messages are the event {}: {}, which the upcaster ({}) makes, and {}",
                            target.type.to_string(), made, step.to_string(), expected);
            }
        }
    }

    void refuse_unknown() {
        for (const event_type type : unknown)
            problem("{}: no event of this name is known; list it, or allow unknown events", type.to_string());
    }

    void throw_problems() const {
        if (problems_.empty()) return;
        throw definition_error(
            fmt::format("this program cannot read every stored event:\n  {}", fmt::join(problems_, "\n  ")));
    }

    std::vector<event_type> unknown;

private:
    void check_ends(event_type stored) {
        for (const event_type end : chain_.ends_of(stored)) {
            if (known_.knows(end)) continue;
            problem("{}: its upcasters lead to {}, which is not known; list that event, or add an upcaster from it",
                    stored.to_string(), end.to_string());
        }
    }

    /// Each step on the ways from a stored type, once, for what it would need at the first event that it meets.
    void check_steps(event_type from) {
        const upcaster* step = chain_.step_from(from);
        if (!step || !checked_.insert(from).second) return;
        const pb::Descriptor* old = step->takes == upcaster::input::message ? descriptor_of(from, *step) : nullptr;
        for (const auto& target : step->to) {
            const pb::Descriptor* made = descriptor_of(target.type, *step);
            if (old && made && step->check) check_suits(*step, *old, *made);
        }
        for (const auto& target : step->to) check_steps(target.type);
    }

    void check_suits(const upcaster& step, const pb::Descriptor& old, const pb::Descriptor& made) {
        try {
            step.check(old, made);
        } catch (const definition_error& unsuitable) {
            problem("{}: {}", step.from.to_string(), unsuitable.what());
        }
    }

    /// Of the class that the chain has for a type, or that can be made of the stored schema; else null, and a problem.
    const pb::Descriptor* descriptor_of(event_type type, const upcaster& step) {
        if (const auto make = chain_.class_of(type)) return make()->GetDescriptor();
        try {
            if (step.declared && step.declared->made() && step.declared->to() == type)
                return &stored_.of(*step.declared->made()).descriptor();
            return &stored_.newest(type).descriptor();
        } catch (const definition_error& missing) {
            problem("{}: the upcaster ({}) cannot run: {}", step.from.to_string(), step.to_string(), missing.what());
            return nullptr;
        }
    }

    void file_unreachable(event_type stored) {
        const std::uint32_t newest = newest_version(stored.name);
        if (newest == 0) unknown.push_back(stored);
        else if (stored.version > newest)
            problem("{}: written by a newer program, this one knows the event up to version {}; start the newer one",
                    stored.to_string(), newest);
        else
            problem("{}: no upcaster starts from it; keep its message and add one that leads to a known version",
                    stored.to_string());
    }

    /// An event that the chain turns into one of another name is known by its old name too.
    [[nodiscard]] std::uint32_t newest_version(std::string_view name) const {
        std::uint32_t newest = known_.newest_version(name);
        for (const auto& [from, step] : chain_.steps())
            if (from.name == name) newest = std::max(newest, from.version);
        return newest;
    }

    template <class... Args>
    void problem(fmt::format_string<Args...> text, Args&&... args) {
        problems_.push_back(fmt::format(text, std::forward<Args>(args)...));
    }

    const event_store& store_;
    const upcaster_chain& chain_;
    const event_catalog& known_;
    detail::stored_classes stored_{store_};
    std::set<event_type> checked_;
    std::vector<std::string> problems_;
};

}  // namespace

std::vector<event_type> require_reachable(const event_store& store, const upcaster_chain& chain,
                                          const event_catalog& known, unknown_events unknown) {
    reachability check{store, chain, known};
    std::vector<event_type> stored = store.stored_types();
    std::sort(stored.begin(), stored.end());
    for (const event_type type : stored) check.check(type);
    check.check_classes();
    if (unknown == unknown_events::refused) check.refuse_unknown();
    check.throw_problems();
    return std::move(check.unknown);
}

}  // namespace foldline::inline v0
