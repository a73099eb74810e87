#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::testing {

/// What a store under test is built with. All of it outlives the store.
struct store_parts {
    const clock& time;
    id_source& ids;
    append_limits limits;
};

/// An open store with whatever it stands on: a file, a database, a server. Whoever runs the contract derives from it.
class opened_store {
public:
    virtual ~opened_store() = default;
    [[nodiscard]] virtual event_store& store() = 0;
    /// Closes the store, and opens what it had stored with the same parts; `store()` may be another object then.
    /// False for a store that forgets, which is excused from the cases about durability.
    [[nodiscard]] virtual bool reopen() { return false; }
};

/// Makes a new and empty store. The stores of two calls have nothing to do with each other.
using store_factory = std::function<std::unique_ptr<opened_store>(const store_parts&)>;

/// What a case of the contract works with: a new store, and the clock that the store reads.
///
/// Threads: confined, but for the store and the clock.
class store_fixture {
public:
    explicit store_fixture(store_factory make) : make_(std::move(make)) {}

    /// The store, with the default limits; made by the first call.
    [[nodiscard]] event_store& store();
    /// The store, made with these limits. Only as the first call.
    event_store& store_with(append_limits limits);
    /// Another new store, beside the first one.
    event_store& second_store();
    /// False if the store forgets; then it is as it was.
    [[nodiscard]] bool reopen();
    [[nodiscard]] manual_clock& time() { return time_; }

private:
    [[nodiscard]] std::unique_ptr<opened_store> open(append_limits limits);

    store_factory make_;
    manual_clock time_;
    sequential_ids ids_;
    std::unique_ptr<opened_store> opened_;
    std::unique_ptr<opened_store> second_;
};

/// One promise of the port, and its proof.
struct contract_case {
    std::string_view name;        ///< a sentence
    void (*run)(store_fixture&);  ///< throws `spec_failure`, or whatever the store throws
};

/// What every event store has to do, case by case: for whoever wants to register each with a test framework.
[[nodiscard]] std::span<const contract_case> event_store_contract();

/// Runs one case on a new store. Why the store fails it, or nothing if it passes.
[[nodiscard]] std::optional<std::string> failure_of(const contract_case& promise, const store_factory& make);

/// Runs all cases, each on a new store. Throws one `spec_failure` that names every case the store fails, and why.
void run_event_store_contract(const store_factory& make);

}  // namespace foldline::inline v0::testing
