"""How customers do. The rooms stand in the order in which data flows; each imports only those before it.

=========== ==========================================================================================
models      the tables
signals     what arrived: usage, tickets, surveys; partitions and roll-ups
measures    rows to amounts: the catalogue of quantities, custom measures, ceilings
scorecards  what an admin says: content, versions, the cards in use
scoring     amounts to scores; overrides over them; columns for lists
explaining  a score taken apart, and what changed between two days
publishing  drafts: what a change would do, what it would have done, and making it so
states      the one language of what can be said of a customer; conditions ask it
cases       what opens cases, what is done with them, how right the rules were
standing    where a customer stands: milestones, journey, retention, next motion, coverage
proof       how well scores, overrides and sentiments predicted renewals
digests     what is new for a person, once a day
=========== ==========================================================================================

``words`` says all this in sentences; it is an edge, as views and template tags are.
"""
