#include <foldline/projections/error_policy.hpp>

#include <foldline/core/assert.hpp>
#include <foldline/core/error.hpp>
#include <foldline/projections/lease_store.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/sql_session.hpp>

#include <new>

namespace foldline::inline v0 {

failure_class class_of(const std::exception_ptr& thrown) {
    FOLDLINE_ASSERT(thrown, "nothing was thrown, so it is of no class");
    // The more special before the more general: a refused statement is a storage_error too.
    try {
        std::rethrow_exception(thrown);
    } catch (const unavailable&) {
        return failure_class::unreachable;
    } catch (const sql_error&) {
        return failure_class::event;
    } catch (const storage_error&) {
        return failure_class::storage;
    } catch (const store_in_use&) {
        return failure_class::storage;
    } catch (const claim_lost&) {
        return failure_class::storage;
    } catch (const std::bad_alloc&) {
        return failure_class::storage;
    } catch (const corrupt_data&) {
        return failure_class::fatal;
    } catch (const definition_error&) {
        return failure_class::fatal;
    } catch (const incompatible_store&) {
        return failure_class::fatal;
    } catch (const store_not_found&) {
        return failure_class::fatal;
    } catch (...) {
        return failure_class::event;
    }
}

error_policy error_policy::stop() {
    error_policy policy;
    policy.retries = 0;
    policy.park = false;
    return policy;
}

error_policy error_policy::park_at_once() {
    error_policy policy;
    policy.retries = 0;
    return policy;
}

}  // namespace foldline::inline v0
