#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/projections/dead_letter_store.hpp>
#include <foldline/projections/lease_store.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/sql_session.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// A projection as its file has it: whose events its rows are made of, and how far each part of it has come.
///
/// value.
struct projection_state {
    std::string name;
    store_identity source;
    std::uint32_t version = 0;
    std::string definition;      ///< what `definition_of` gave when the rows were begun; empty in old files
    std::uint64_t revision = 0;  ///< raised by whoever changes it from outside: replays, resets, swaps, splits, pauses
    bool paused = false;         ///< nobody works on it until it is resumed
    std::vector<partition_state> partitions;  ///< by segment; together they are the whole

    /// Everything up to here is in the rows, or parked: the position of the partition that is furthest behind.
    [[nodiscard]] global_position position() const;
};

/// A transaction over rows and checkpoints of projections in one file: all of it changes, or nothing. Destroyed without
/// a commit it changes nothing.
///
/// It need not hold anything against others before the first statement that changes something; if a claim is not good
/// any more, that statement or `commit` throws `claim_lost`.
///
/// confined.
class read_model_session : public sql_session {
public:
    /// Calls `work`; if that throws, nothing of what it did stays, the rest of the transaction is as it was before, and
    /// what it threw goes on. Throws `storage_error` if the whole transaction had to go.
    virtual void attempt(function_ref<void()> work) = 0;

    /// Parks an event of one of the claims. Throws `limit_exceeded` if the projection has `most` parked already.
    virtual void park(const parked_event& event, std::size_t most) = 0;

    /// Makes the rows, and `position` as where all the claims stand, visible together. The session takes no more
    /// statements. `recorded_at`: of the last event that was passed, for people.
    virtual void commit(global_position position, timestamp recorded_at) = 0;
};

/// How the rows of a table differ between two builds of one projection.
struct row_difference {
    enum class side { only_present, only_rebuilt };
    side where;
    std::string table;
    std::vector<std::string> columns;
    std::vector<std::string> values;  ///< as text; blobs in hexadecimal
};

/// What to do about a projection that has rows already.
enum class if_present { replace, leave };

/// Read models, each with its checkpoint, leases and dead letters beside its rows in one file: what is in one file
/// changes together.
///
/// Threads: shared.
/// Fails:   storage_error; store_in_use where another process has the file for itself.
class read_model_store {
public:
    virtual ~read_model_store() = default;

    /// What an operator finds it by: its file.
    [[nodiscard]] virtual std::string place() const = 0;

    /// Every projection that has rows here, by name.
    [[nodiscard]] virtual std::vector<projection_state> projections() const = 0;
    /// Empty if it never began.
    [[nodiscard]] virtual std::optional<projection_state> find(std::string_view projection) const = 0;

    /// Makes the projection's tables and its partitions at 0, in one transaction. If it is there already it is left as it
    /// is, or replaced: its tables, claims and parked events are gone then. Throws `definition_error` if a table is there already and belongs to nobody or to another
    /// projection, and if the statements do not make the tables that they are given for, or make others.
    virtual void create(const projection& projection, const store_identity& source, std::span<const partition> parts,
                        if_present there) = 0;
    void create(const projection& projection, const store_identity& source, std::span<const partition> parts) {
        create(projection, source, parts, if_present::replace);
    }
    void create(const projection& projection, const store_identity& source) {
        const partition whole;
        create(projection, source, {&whole, 1}, if_present::replace);
    }
    /// Removes the projection with everything that it has here. Nothing happens where it has nothing.
    virtual void remove(std::string_view projection) = 0;

    /// Lets nobody work on it, or lets them again. Throws `definition_error` for a projection that is not here.
    virtual void pause(std::string_view projection, bool paused) = 0;

    /// A transaction for the next batch of these partitions; they all stand at one position, and each projection has
    /// one owner at most.
    [[nodiscard]] virtual std::unique_ptr<read_model_session> begin(std::span<const partition_claim> claims) = 0;

    /// Calls `use` with a session in which every statement sees the same rows and none may change them.
    virtual void read(function_ref<void(sql_session&)> use) const = 0;

    [[nodiscard]] virtual lease_store& leases() = 0;
    [[nodiscard]] virtual dead_letter_store& dead_letters() = 0;
    [[nodiscard]] virtual const dead_letter_store& dead_letters() const = 0;

    /// A store of its own, in which this projection can be built while the present rows go on serving. Asked for again
    /// after an interruption, it still holds what was built for the same definition. Throws `store_in_use` while
    /// another rebuild has it, and `definition_error` if a table belongs to another projection.
    [[nodiscard]] virtual std::unique_ptr<read_model_store> beside(const projection& projection) = 0;

    /// Puts the rows, the position and the dead letters that were built in `beside` in the place of the present ones, in
    /// one transaction, and removes what `beside` kept. Before that it calls `finish`, at a time when the present rows
    /// cannot move on: what it adds to `beside` makes sure that the new rows stand no further back. The partitions of
    /// the present rows stay, all at the new position, and their claims are lost.
    virtual void swap_in(const projection& projection, std::unique_ptr<read_model_store> beside,
                         function_ref<void()> finish) = 0;

    /// Hands `sink` what differs between the present rows and those in `beside`, which are thrown away then. Before that
    /// it calls `finish` with where the present rows stand, at a time when they cannot move on, to bring `beside` to the
    /// same place. Gives the number of differences; `sink` gets the first `most` of each table and side. Throws
    /// `invalid_request` if the partitions of the present rows stand at several positions.
    virtual std::uint64_t compare(const projection& projection, std::unique_ptr<read_model_store> beside,
                                  function_ref<void(global_position)> finish,
                                  function_ref<void(const row_difference&)> sink, std::size_t most) = 0;
};

}  // namespace foldline::inline v0
