"""How customers do. The rooms are in the order in which data flows; each imports only those before it.

=========== ==========================================================================================
models      the tables
signals     what arrived: usage, tickets, surveys; partitions and roll-ups
measures    rows to amounts: the catalogue of quantities, custom measures, ceilings
scorecards  what an admin decides: content, versions, the cards in use
scoring     amounts to scores; overrides over them; columns for lists
explaining  a score taken apart, and what changed between two days
publishing  drafts: preview of a change, replay of the past, publication
states      the states of a customer on a day, for rules, playbooks and conditions
cases       what opens cases, what is done with them, how right the rules were
standing    of each customer: milestones, journey, retention, ladder, next motion, coverage
proof       how well scores, overrides and sentiments predicted renewals
digests     what is new for a person, once a day
=========== ==========================================================================================

``words`` puts all this into sentences; it is an edge, as views and template tags are.
"""
