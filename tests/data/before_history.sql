-- An installation as it was before backups, history and edit marks: migrations in LEAVES of tests/faults/test_upgrade.py.
-- Everything that tests.access.world builds, with what ships, and mails in every state. Made by pg_dump; never edited by hand
-- but for the partitions.
CREATE TABLE IF NOT EXISTS health_usageday_2026_10 PARTITION OF health_usageday FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
CREATE TABLE IF NOT EXISTS health_usageday_2026_11 PARTITION OF health_usageday FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
CREATE TABLE IF NOT EXISTS health_featureday_2026_10 PARTITION OF health_featureday FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
CREATE TABLE IF NOT EXISTS health_featureday_2026_11 PARTITION OF health_featureday FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
INSERT INTO public.accounts_user (id, password, last_login, is_superuser, email, name, role, language, time_zone, is_active, is_staff, date_joined, manager_id, digest_mail, digest_scope) VALUES
	(1, 'md5$uhoq6GnPEqSOhCp7nG82Qb$23895e61856e06655a253030d598062c', NULL, false, 'user1@demo.example', 'Lena Team', 'manager', 'en', '', true, false, '2026-11-29 09:50:16.210124+00', NULL, true, ''),
	(2, 'md5$WRMy3xQiwWXtasq3IwtwWP$1740f2101de2b6d5bb8e2322b50f9de3', NULL, false, 'user2@demo.example', 'Otto Elsewhere', 'manager', 'en', '', true, false, '2026-11-29 09:50:16.243619+00', NULL, true, ''),
	(3, 'md5$xE50Knit7Yw613I5865JmQ$99ad3ae1b935455ac2aba83b644ac023', NULL, false, 'user3@demo.example', 'Mara Own', 'csm', 'en', '', true, false, '2026-11-29 09:50:16.252594+00', 1, true, ''),
	(4, 'md5$OAKKsJJ0pzRjGYGhYCQAUs$8ae5b091bdc18758ba3e9faf6c08ed8d', NULL, false, 'user4@demo.example', 'Nils Other', 'csm', 'en', '', true, false, '2026-11-29 09:50:16.260607+00', 2, true, ''),
	(5, 'md5$iKkff94NQ0LsfA9NUkewE6$09efef0c57ed22d3ab2533a051c7864a', NULL, false, 'user5@demo.example', 'Cora Cover', 'csm', 'en', '', true, false, '2026-11-29 09:50:16.262511+00', 2, true, ''),
	(6, 'md5$MVr000QAX06xpypcJQMuGY$4924e2e027b9e5eb93f4e3fab170eef1', NULL, false, 'user6@demo.example', 'Ren Admin', 'admin', 'en', '', true, false, '2026-11-29 09:50:16.26399+00', NULL, true, ''),
	(7, 'md5$yt5qiRcJwIQg3INtkyBXdM$14463c0252d8b67e77bb6810a1f9861f', NULL, false, 'user7@demo.example', 'Vera View', 'viewer', 'en', '', true, false, '2026-11-29 09:50:16.268194+00', NULL, true, ''),
	(8, 'md5$1MfQncvr6fLz5SWggiV0py$7ee56b53d89c253692845f886d23b29e', NULL, false, 'user8@demo.example', 'Gus Gone', 'csm', 'en', '', true, false, '2026-11-29 09:50:16.269427+00', 1, true, ''),
	(9, 'md5$hSMFb8jcig18W6R9ZbnULt$c72a61429dd5f98196279205df2861d7', NULL, false, 'user9@demo.example', 'Sam Spare', 'csm', 'en', '', true, false, '2026-11-29 09:50:16.270798+00', 2, true, ''),
	(10, 'md5$jscDBazqHrPVzP2nvMh5hn$186ea82fc873af91c008ddbc7d92ac27', NULL, false, 'user10@demo.example', 'Fay Former', 'csm', 'en', '', false, false, '2026-11-29 09:50:16.280722+00', NULL, true, '');
INSERT INTO public.accounts_segment (id, name, "position", rule, touch_model, touch_every_days, qbr_every_days, ebr_every_days, renewal_lead_days, customers_per_csm, is_active) VALUES
	(1, 'Middle', 1, '[]', 'low', 30, 91, NULL, 90, 50, true);
INSERT INTO public.accounts_customer (id, name, domain, industry, use_case, employees, country, tags, attributes, status, stage, touch_model, pin_reason, first_contract_on, sentiment, sentiment_on, created_at, arr, last_touch_on, score, band, band_since, scored_at, next_renewal_on, merged_into_id, owner_id, parent_id, pinned_segment_id, segment_id, leaves_on, next_prep_on) VALUES
	(1, 'Zyxcanary customer', 'Zyxcanary domain', 'Zyxcanary industry', 'Zyxcanary use', 431, 'JP', '{"Zyxcanary tag"}', '{}', 'live', 'growth', 'high', 'Zyxcanary pin', '2025-11-29', 4, '2026-11-24', '2026-11-29 09:50:17.194435+00', 7660321.00, '2026-11-24', 68.00, 'yellow', '2026-10-15', '2026-11-29 09:50:16.189417+00', '2027-01-03', NULL, 3, NULL, 1, 1, NULL, '2026-10-05'),
	(2, 'Birch customer', 'Birch domain', 'Birch industry', 'Birch use', 431, 'JP', '{"Birch tag"}', '{}', 'live', 'growth', 'high', 'Birch pin', '2025-11-29', 4, '2026-11-24', '2026-11-29 09:50:23.378711+00', 30000.00, '2026-11-24', 68.00, 'yellow', '2026-10-15', '2026-11-29 09:50:16.189417+00', '2027-01-03', NULL, 4, 1, 1, 1, NULL, '2026-10-05'),
	(3, 'Cedar customer', 'Cedar domain', 'Cedar industry', 'Cedar use', 431, 'JP', '{"Cedar tag"}', '{}', 'live', 'growth', 'high', 'Cedar pin', '2025-11-29', 4, '2026-11-24', '2026-11-29 09:50:25.989688+00', 42000.00, '2026-11-24', 68.00, 'yellow', '2026-10-15', '2026-11-29 09:50:16.189417+00', '2027-01-03', NULL, 2, NULL, 1, 1, NULL, '2026-10-05');
INSERT INTO public.accounts_contact (id, name, email, title, roles, state, state_on, source, external_id, customer_id) VALUES
	(1, 'Zyxcanary contact', '', 'Zyxcanary title', '{champion}', 'active', '2025-10-20', '', '', 1),
	(2, 'Zyxcanary leaver', '', '', '{sponsor}', 'left', '2026-11-24', '', '', 1),
	(3, 'Birch contact', '', 'Birch title', '{champion}', 'active', '2025-10-20', '', '', 2),
	(4, 'Birch leaver', '', '', '{sponsor}', 'left', '2026-11-24', '', '', 2),
	(5, 'Cedar contact', '', 'Cedar title', '{champion}', 'active', '2025-10-20', '', '', 3),
	(6, 'Cedar leaver', '', '', '{sponsor}', 'left', '2026-11-24', '', '', 3);
INSERT INTO public.accounts_contract (id, source, external_id, starts_on, ends_on, ended_on, term_months, notice_days, notice_given_on, auto_renews, is_trial, currency, replaced_by_id, customer_id, known_on, notice_withdrawn_on, end_known_on, source_said, beside_id) VALUES
	(1, '', 'Zyxcanary number40', '2026-01-03', '2027-01-03', NULL, 12, 0, NULL, false, false, 'USD', NULL, 1, NULL, NULL, NULL, '{}', NULL),
	(2, '', 'Zyxcanary number85', '2026-02-17', '2027-02-17', NULL, 12, 0, NULL, false, false, 'USD', NULL, 1, NULL, NULL, NULL, '{}', NULL),
	(4, '', 'Zyxcanary number200', '2026-06-12', '2027-06-12', NULL, 12, 0, NULL, false, false, 'USD', NULL, 1, NULL, NULL, NULL, '{}', NULL),
	(3, '', 'Zyxcanary number5', '2025-11-29', '2026-11-29', '2026-11-29', 12, 0, NULL, false, false, 'USD', NULL, 1, NULL, NULL, '2026-11-24', '{}', NULL),
	(5, '', 'Zyxcanary noticed', '2024-09-15', '2026-01-28', NULL, 12, 0, '2025-10-20', false, false, 'USD', NULL, 1, NULL, NULL, NULL, '{}', NULL),
	(6, '', 'Birch number40', '2026-01-03', '2027-01-03', NULL, 12, 0, NULL, false, false, 'USD', NULL, 2, NULL, NULL, NULL, '{}', NULL),
	(7, '', 'Birch number85', '2026-02-17', '2027-02-17', NULL, 12, 0, NULL, false, false, 'USD', NULL, 2, NULL, NULL, NULL, '{}', NULL),
	(9, '', 'Birch number200', '2026-06-12', '2027-06-12', NULL, 12, 0, NULL, false, false, 'USD', NULL, 2, NULL, NULL, NULL, '{}', NULL),
	(8, '', 'Birch number5', '2025-11-29', '2026-11-29', '2026-11-29', 12, 0, NULL, false, false, 'USD', NULL, 2, NULL, NULL, '2026-11-24', '{}', NULL),
	(10, '', 'Birch noticed', '2024-09-15', '2026-01-28', NULL, 12, 0, '2025-10-20', false, false, 'USD', NULL, 2, NULL, NULL, NULL, '{}', NULL),
	(11, '', 'Cedar number40', '2026-01-03', '2027-01-03', NULL, 12, 0, NULL, false, false, 'USD', NULL, 3, NULL, NULL, NULL, '{}', NULL),
	(12, '', 'Cedar number85', '2026-02-17', '2027-02-17', NULL, 12, 0, NULL, false, false, 'USD', NULL, 3, NULL, NULL, NULL, '{}', NULL),
	(14, '', 'Cedar number200', '2026-06-12', '2027-06-12', NULL, 12, 0, NULL, false, false, 'USD', NULL, 3, NULL, NULL, NULL, '{}', NULL),
	(13, '', 'Cedar number5', '2025-11-29', '2026-11-29', '2026-11-29', 12, 0, NULL, false, false, 'USD', NULL, 3, NULL, NULL, '2026-11-24', '{}', NULL),
	(15, '', 'Cedar noticed', '2024-09-15', '2026-01-28', NULL, 12, 0, '2025-10-20', false, false, 'USD', NULL, 3, NULL, NULL, NULL, '{}', NULL);
INSERT INTO public.accounts_cancellation (id, "on", stated_reason, root_cause, controllable, alternative, note, source, external_id, contract_id, customer_id) VALUES
	(1, '2026-11-29', 'price', 'value', true, 'nothing', 'Zyxcanary loss', '', '', 3, 1),
	(2, '2026-11-29', 'price', 'value', true, 'nothing', 'Birch loss', '', '', 8, 2),
	(3, '2026-11-29', 'price', 'value', true, 'nothing', 'Cedar loss', '', '', 13, 3);
INSERT INTO public.accounts_change (id, reader, customer_id, what, marked_at) VALUES
	(1, 'segments', 1, 'sentiment', '2026-11-29 09:50:17.231817+00'),
	(2, 'scores', 1, 'sentiment', '2026-11-29 09:50:17.231817+00'),
	(3, 'cases', 1, 'sentiment', '2026-11-29 09:50:17.231817+00'),
	(4, 'motions', 1, 'sentiment', '2026-11-29 09:50:17.231817+00'),
	(5, 'renewals', 1, 'sentiment', '2026-11-29 09:50:17.231817+00'),
	(6, 'plays', 1, 'sentiment', '2026-11-29 09:50:17.231817+00'),
	(7, 'segments', 1, 'record', '2026-11-29 09:50:17.23426+00'),
	(8, 'scores', 1, 'record', '2026-11-29 09:50:17.23426+00'),
	(9, 'cases', 1, 'record', '2026-11-29 09:50:17.23426+00'),
	(10, 'motions', 1, 'record', '2026-11-29 09:50:17.23426+00'),
	(11, 'renewals', 1, 'record', '2026-11-29 09:50:17.23426+00'),
	(12, 'plays', 1, 'record', '2026-11-29 09:50:17.23426+00'),
	(13, 'segments', 1, 'sentiment', '2026-11-29 09:50:17.245866+00'),
	(14, 'scores', 1, 'sentiment', '2026-11-29 09:50:17.245866+00'),
	(15, 'cases', 1, 'sentiment', '2026-11-29 09:50:17.245866+00'),
	(16, 'motions', 1, 'sentiment', '2026-11-29 09:50:17.245866+00'),
	(17, 'renewals', 1, 'sentiment', '2026-11-29 09:50:17.245866+00'),
	(18, 'plays', 1, 'sentiment', '2026-11-29 09:50:17.245866+00'),
	(19, 'segments', 1, 'record', '2026-11-29 09:50:18.791733+00'),
	(20, 'scores', 1, 'record', '2026-11-29 09:50:18.791733+00'),
	(21, 'cases', 1, 'record', '2026-11-29 09:50:18.791733+00'),
	(22, 'motions', 1, 'record', '2026-11-29 09:50:18.791733+00'),
	(23, 'renewals', 1, 'record', '2026-11-29 09:50:18.791733+00'),
	(24, 'plays', 1, 'record', '2026-11-29 09:50:18.791733+00'),
	(25, 'segments', 1, 'record', '2026-11-29 09:50:19.034052+00'),
	(26, 'scores', 1, 'record', '2026-11-29 09:50:19.034052+00'),
	(27, 'cases', 1, 'record', '2026-11-29 09:50:19.034052+00'),
	(28, 'motions', 1, 'record', '2026-11-29 09:50:19.034052+00'),
	(29, 'renewals', 1, 'record', '2026-11-29 09:50:19.034052+00'),
	(30, 'plays', 1, 'record', '2026-11-29 09:50:19.034052+00'),
	(31, 'segments', 1, 'case', '2026-11-29 09:50:23.356314+00'),
	(32, 'scores', 1, 'case', '2026-11-29 09:50:23.356314+00'),
	(33, 'cases', 1, 'case', '2026-11-29 09:50:23.356314+00'),
	(34, 'motions', 1, 'case', '2026-11-29 09:50:23.356314+00'),
	(35, 'renewals', 1, 'case', '2026-11-29 09:50:23.356314+00'),
	(36, 'plays', 1, 'case', '2026-11-29 09:50:23.356314+00'),
	(37, 'segments', 1, 'case', '2026-11-29 09:50:23.373077+00'),
	(38, 'scores', 1, 'case', '2026-11-29 09:50:23.373077+00'),
	(39, 'cases', 1, 'case', '2026-11-29 09:50:23.373077+00'),
	(40, 'motions', 1, 'case', '2026-11-29 09:50:23.373077+00'),
	(41, 'renewals', 1, 'case', '2026-11-29 09:50:23.373077+00'),
	(42, 'plays', 1, 'case', '2026-11-29 09:50:23.373077+00'),
	(43, 'segments', 2, 'sentiment', '2026-11-29 09:50:23.388934+00'),
	(44, 'scores', 2, 'sentiment', '2026-11-29 09:50:23.388934+00'),
	(45, 'cases', 2, 'sentiment', '2026-11-29 09:50:23.388934+00'),
	(46, 'motions', 2, 'sentiment', '2026-11-29 09:50:23.388934+00'),
	(47, 'renewals', 2, 'sentiment', '2026-11-29 09:50:23.388934+00'),
	(48, 'plays', 2, 'sentiment', '2026-11-29 09:50:23.388934+00'),
	(49, 'segments', 2, 'record', '2026-11-29 09:50:23.389515+00'),
	(50, 'scores', 2, 'record', '2026-11-29 09:50:23.389515+00'),
	(51, 'cases', 2, 'record', '2026-11-29 09:50:23.389515+00'),
	(52, 'motions', 2, 'record', '2026-11-29 09:50:23.389515+00'),
	(53, 'renewals', 2, 'record', '2026-11-29 09:50:23.389515+00'),
	(54, 'plays', 2, 'record', '2026-11-29 09:50:23.389515+00'),
	(55, 'segments', 2, 'sentiment', '2026-11-29 09:50:23.391968+00'),
	(56, 'scores', 2, 'sentiment', '2026-11-29 09:50:23.391968+00'),
	(57, 'cases', 2, 'sentiment', '2026-11-29 09:50:23.391968+00'),
	(58, 'motions', 2, 'sentiment', '2026-11-29 09:50:23.391968+00'),
	(59, 'renewals', 2, 'sentiment', '2026-11-29 09:50:23.391968+00'),
	(60, 'plays', 2, 'sentiment', '2026-11-29 09:50:23.391968+00'),
	(61, 'segments', 2, 'record', '2026-11-29 09:50:24.933626+00'),
	(62, 'scores', 2, 'record', '2026-11-29 09:50:24.933626+00'),
	(63, 'cases', 2, 'record', '2026-11-29 09:50:24.933626+00'),
	(64, 'motions', 2, 'record', '2026-11-29 09:50:24.933626+00'),
	(65, 'renewals', 2, 'record', '2026-11-29 09:50:24.933626+00'),
	(66, 'plays', 2, 'record', '2026-11-29 09:50:24.933626+00'),
	(67, 'segments', 2, 'record', '2026-11-29 09:50:25.24789+00'),
	(68, 'scores', 2, 'record', '2026-11-29 09:50:25.24789+00'),
	(69, 'cases', 2, 'record', '2026-11-29 09:50:25.24789+00'),
	(70, 'motions', 2, 'record', '2026-11-29 09:50:25.24789+00'),
	(71, 'renewals', 2, 'record', '2026-11-29 09:50:25.24789+00'),
	(72, 'plays', 2, 'record', '2026-11-29 09:50:25.24789+00'),
	(73, 'segments', 2, 'case', '2026-11-29 09:50:25.949832+00'),
	(74, 'scores', 2, 'case', '2026-11-29 09:50:25.949832+00'),
	(75, 'cases', 2, 'case', '2026-11-29 09:50:25.949832+00'),
	(76, 'motions', 2, 'case', '2026-11-29 09:50:25.949832+00'),
	(77, 'renewals', 2, 'case', '2026-11-29 09:50:25.949832+00'),
	(78, 'plays', 2, 'case', '2026-11-29 09:50:25.949832+00'),
	(79, 'segments', 2, 'case', '2026-11-29 09:50:25.978414+00'),
	(80, 'scores', 2, 'case', '2026-11-29 09:50:25.978414+00'),
	(81, 'cases', 2, 'case', '2026-11-29 09:50:25.978414+00'),
	(82, 'motions', 2, 'case', '2026-11-29 09:50:25.978414+00'),
	(83, 'renewals', 2, 'case', '2026-11-29 09:50:25.978414+00'),
	(84, 'plays', 2, 'case', '2026-11-29 09:50:25.978414+00'),
	(85, 'segments', 3, 'sentiment', '2026-11-29 09:50:26.030665+00'),
	(86, 'scores', 3, 'sentiment', '2026-11-29 09:50:26.030665+00'),
	(87, 'cases', 3, 'sentiment', '2026-11-29 09:50:26.030665+00'),
	(88, 'motions', 3, 'sentiment', '2026-11-29 09:50:26.030665+00'),
	(89, 'renewals', 3, 'sentiment', '2026-11-29 09:50:26.030665+00'),
	(90, 'plays', 3, 'sentiment', '2026-11-29 09:50:26.030665+00'),
	(91, 'segments', 3, 'record', '2026-11-29 09:50:26.032631+00'),
	(92, 'scores', 3, 'record', '2026-11-29 09:50:26.032631+00'),
	(93, 'cases', 3, 'record', '2026-11-29 09:50:26.032631+00'),
	(94, 'motions', 3, 'record', '2026-11-29 09:50:26.032631+00'),
	(95, 'renewals', 3, 'record', '2026-11-29 09:50:26.032631+00'),
	(96, 'plays', 3, 'record', '2026-11-29 09:50:26.032631+00'),
	(97, 'segments', 3, 'sentiment', '2026-11-29 09:50:26.046285+00'),
	(98, 'scores', 3, 'sentiment', '2026-11-29 09:50:26.046285+00'),
	(99, 'cases', 3, 'sentiment', '2026-11-29 09:50:26.046285+00'),
	(100, 'motions', 3, 'sentiment', '2026-11-29 09:50:26.046285+00'),
	(101, 'renewals', 3, 'sentiment', '2026-11-29 09:50:26.046285+00'),
	(102, 'plays', 3, 'sentiment', '2026-11-29 09:50:26.046285+00'),
	(103, 'segments', 3, 'record', '2026-11-29 09:50:27.468373+00'),
	(104, 'scores', 3, 'record', '2026-11-29 09:50:27.468373+00'),
	(105, 'cases', 3, 'record', '2026-11-29 09:50:27.468373+00'),
	(106, 'motions', 3, 'record', '2026-11-29 09:50:27.468373+00'),
	(107, 'renewals', 3, 'record', '2026-11-29 09:50:27.468373+00'),
	(108, 'plays', 3, 'record', '2026-11-29 09:50:27.468373+00'),
	(109, 'segments', 3, 'record', '2026-11-29 09:50:27.767837+00'),
	(110, 'scores', 3, 'record', '2026-11-29 09:50:27.767837+00'),
	(111, 'cases', 3, 'record', '2026-11-29 09:50:27.767837+00'),
	(112, 'motions', 3, 'record', '2026-11-29 09:50:27.767837+00'),
	(113, 'renewals', 3, 'record', '2026-11-29 09:50:27.767837+00'),
	(114, 'plays', 3, 'record', '2026-11-29 09:50:27.767837+00'),
	(115, 'segments', 3, 'case', '2026-11-29 09:50:28.088605+00'),
	(116, 'scores', 3, 'case', '2026-11-29 09:50:28.088605+00'),
	(117, 'cases', 3, 'case', '2026-11-29 09:50:28.088605+00'),
	(118, 'motions', 3, 'case', '2026-11-29 09:50:28.088605+00'),
	(119, 'renewals', 3, 'case', '2026-11-29 09:50:28.088605+00'),
	(120, 'plays', 3, 'case', '2026-11-29 09:50:28.088605+00'),
	(121, 'segments', 3, 'case', '2026-11-29 09:50:28.112226+00'),
	(122, 'scores', 3, 'case', '2026-11-29 09:50:28.112226+00'),
	(123, 'cases', 3, 'case', '2026-11-29 09:50:28.112226+00'),
	(124, 'motions', 3, 'case', '2026-11-29 09:50:28.112226+00'),
	(125, 'renewals', 3, 'case', '2026-11-29 09:50:28.112226+00'),
	(126, 'plays', 3, 'case', '2026-11-29 09:50:28.112226+00');
INSERT INTO public.accounts_closingday (id, day, name) VALUES
	(1, '2026-12-30', '');
INSERT INTO public.accounts_contractline (id, product, starts_on, ends_on, quantity, annual_amount, discount_percent, contract_id, known_on, source_starts_on, agreed_ends_on, notice_given_on) VALUES
	(1, 'Zyxcanary product', '2026-01-03', NULL, 1, 7654321.00, 0.00, 1, NULL, NULL, NULL, NULL),
	(2, 'Zyxcanary product', '2026-02-17', NULL, 1, 1000.00, 0.00, 2, NULL, NULL, NULL, NULL),
	(3, 'Zyxcanary product', '2025-11-29', NULL, 1, 2000.00, 0.00, 3, NULL, NULL, NULL, NULL),
	(4, 'Zyxcanary product', '2026-06-12', NULL, 1, 3000.00, 0.00, 4, NULL, NULL, NULL, NULL),
	(5, 'Zyxcanary past', '2024-09-15', NULL, 1, 0.00, 0.00, 5, NULL, NULL, NULL, NULL),
	(6, 'Birch product', '2026-01-03', NULL, 1, 24000.00, 0.00, 6, NULL, NULL, NULL, NULL),
	(7, 'Birch product', '2026-02-17', NULL, 1, 1000.00, 0.00, 7, NULL, NULL, NULL, NULL),
	(8, 'Birch product', '2025-11-29', NULL, 1, 2000.00, 0.00, 8, NULL, NULL, NULL, NULL),
	(9, 'Birch product', '2026-06-12', NULL, 1, 3000.00, 0.00, 9, NULL, NULL, NULL, NULL),
	(10, 'Birch past', '2024-09-15', NULL, 1, 0.00, 0.00, 10, NULL, NULL, NULL, NULL),
	(11, 'Cedar product', '2026-01-03', NULL, 1, 36000.00, 0.00, 11, NULL, NULL, NULL, NULL),
	(12, 'Cedar product', '2026-02-17', NULL, 1, 1000.00, 0.00, 12, NULL, NULL, NULL, NULL),
	(13, 'Cedar product', '2025-11-29', NULL, 1, 2000.00, 0.00, 13, NULL, NULL, NULL, NULL),
	(14, 'Cedar product', '2026-06-12', NULL, 1, 3000.00, 0.00, 14, NULL, NULL, NULL, NULL),
	(15, 'Cedar past', '2024-09-15', NULL, 1, 0.00, 0.00, 15, NULL, NULL, NULL, NULL);
INSERT INTO public.accounts_cover (id, starts_on, ends_on, by_id, owner_id) VALUES
	(1, '2026-11-24', '2026-11-29', 5, 3),
	(2, '2026-11-15', '2026-11-24', 4, 3);
INSERT INTO public.accounts_datedfact (id, fact, from_day, value, customer_id, known_on) VALUES
	(1, 'owner', '2026-11-24', '3', 1, NULL),
	(2, 'segment', '2026-11-24', '1', 1, NULL),
	(3, 'touch', '2026-11-24', 'high', 1, NULL),
	(4, 'status', '2026-11-24', 'live', 1, NULL),
	(5, 'stage', '2026-11-24', 'growth', 1, NULL),
	(6, 'owner', '2026-11-24', '4', 2, NULL),
	(7, 'segment', '2026-11-24', '1', 2, NULL),
	(8, 'touch', '2026-11-24', 'high', 2, NULL),
	(9, 'status', '2026-11-24', 'live', 2, NULL),
	(10, 'stage', '2026-11-24', 'growth', 2, NULL),
	(11, 'owner', '2026-11-24', '2', 3, NULL),
	(12, 'segment', '2026-11-24', '1', 3, NULL),
	(13, 'touch', '2026-11-24', 'high', 3, NULL),
	(14, 'status', '2026-11-24', 'live', 3, NULL),
	(15, 'stage', '2026-11-24', 'growth', 3, NULL);
INSERT INTO public.accounts_entitlement (id, kind, name, quantity, contract_id, ends_on, starts_on) VALUES
	(1, 'seats', 'Zyxcanary entitlement', 10, 1, NULL, NULL),
	(2, 'seats', 'Zyxcanary entitlement', 10, 2, NULL, NULL),
	(3, 'seats', 'Zyxcanary entitlement', 10, 3, NULL, NULL),
	(4, 'seats', 'Zyxcanary entitlement', 10, 4, NULL, NULL),
	(5, 'seats', 'Birch entitlement', 10, 6, NULL, NULL),
	(6, 'seats', 'Birch entitlement', 10, 7, NULL, NULL),
	(7, 'seats', 'Birch entitlement', 10, 8, NULL, NULL),
	(8, 'seats', 'Birch entitlement', 10, 9, NULL, NULL),
	(9, 'seats', 'Cedar entitlement', 10, 11, NULL, NULL),
	(10, 'seats', 'Cedar entitlement', 10, 12, NULL, NULL),
	(11, 'seats', 'Cedar entitlement', 10, 13, NULL, NULL),
	(12, 'seats', 'Cedar entitlement', 10, 14, NULL, NULL);
INSERT INTO public.accounts_handover (id, key, door, day, made_at, undone_at, by_id) VALUES
	(1, 'c68740f5-23d1-4d1a-9191-d0745e52ea8b', 'page', '2026-11-24', '2026-11-29 09:50:16.288586+00', NULL, 1);
INSERT INTO public.accounts_touchpoint (id, kind, proactive, happened_on, sentiment, note, next_step, next_step_on, author_id, customer_id, attended, direction, mass) VALUES
	(1, 'call', true, '2026-11-24', 3, 'Zyxcanary note', 'Zyxcanary next step', '2026-11-24', 3, 1, true, 'out', false),
	(2, 'call', true, '2026-11-24', 3, 'Birch note', 'Birch next step', '2026-11-24', 4, 2, true, 'out', false),
	(3, 'call', true, '2026-11-24', 3, 'Cedar note', 'Cedar next step', '2026-11-24', 2, 3, true, 'out', false);
INSERT INTO public.accounts_sentiment (id, day, value, note, said_at, author_id, customer_id, touch_id) VALUES
	(1, '2026-11-24', 3, '', '2026-11-29 09:50:17.2202+00', 3, 1, 1),
	(2, '2026-11-24', 4, 'Zyxcanary feeling', '2026-11-29 09:50:17.237686+00', 3, 1, NULL),
	(3, '2026-11-24', 3, '', '2026-11-29 09:50:23.385506+00', 4, 2, 2),
	(4, '2026-11-24', 4, 'Birch feeling', '2026-11-29 09:50:23.390668+00', 4, 2, NULL),
	(5, '2026-11-24', 3, '', '2026-11-29 09:50:26.004332+00', 2, 3, 3),
	(6, '2026-11-24', 4, 'Cedar feeling', '2026-11-29 09:50:26.039636+00', 2, 3, NULL);
INSERT INTO public.accounts_handovermove (id, after_id, before_id, customer_id, ended_id, handover_id) VALUES
	(1, 3, 1, 1, NULL, 1);
INSERT INTO public.accounts_objective (id, title, agreed_on, due_on, customer_id) VALUES
	(1, 'Zyxcanary objective', '2026-11-24', NULL, 1),
	(2, 'Birch objective', '2026-11-24', NULL, 2),
	(3, 'Cedar objective', '2026-11-24', NULL, 3);
INSERT INTO public.accounts_organisation (id, name, time_zone, currency, fiscal_year_start_month, holiday_country, frozen_today, onboarding_days, alerts_per_day, url, bank_holidays, counts_unsettled) VALUES
	(1, 'Hashi Software', 'UTC', 'USD', 1, '', '2026-11-24', 90, 5, '', false, true);
INSERT INTO public.accounts_outcome (id, measure, unit, baseline, target, measured, measured_on, state, unit_value, confirmed_on, objective_id, per_period, period) VALUES
	(1, 'Zyxcanary measure', 'Zyxcanary unit', 1.00, 9.00, NULL, NULL, 'open', 100.00, NULL, 1, 1.00, ''),
	(2, 'Birch measure', 'Birch unit', 1.00, 9.00, NULL, NULL, 'open', 100.00, NULL, 2, 1.00, ''),
	(3, 'Cedar measure', 'Cedar unit', 1.00, 9.00, NULL, NULL, 'open', 100.00, NULL, 3, 1.00, '');
INSERT INTO public.accounts_touchpoint_contacts (id, touchpoint_id, contact_id) VALUES
	(1, 1, 1),
	(2, 2, 3),
	(3, 3, 5);
INSERT INTO public.health_caserule (id, key, name, about, kind, type, reason, detector, "values", audience, severity, due_days_high, due_days_low, due_days_tech, is_active, mode, demoted_on, precision_floor, least_judged, "position", judged_from, plan, swept_on, off_reason) VALUES
	(1, 'silent', 'Gone quiet', '', 'risk', 'adoption', 'silent', 'silence', '{"days": 30}', '[]', 'medium', 3, 7, 14, true, 'alert', NULL, 0.300, 20, 1, NULL, '', NULL, '');
INSERT INTO public.health_case (id, kind, reason, title, type, plan, severity, value, state, alerted, opened_on, due_on, newest_evidence_on, snoozed_until, snooze_reason, acted_on, closed_on, closed_at, resolution, resolution_note, created_at, closed_by_id, customer_id, opened_by_id, owner_id, rule_id, held_back, passed_on) VALUES
	(1, 'risk', 'silent', 'Zyxcanary case', '', '', 'medium', 7654321.00, 'new', true, '2026-11-24', '2026-11-24', '2026-11-24', NULL, '', NULL, NULL, NULL, '', '', '2026-11-29 09:50:23.325464+00', NULL, 1, NULL, 3, 1, false, NULL),
	(2, 'risk', 'asleep', 'Zyxcanary asleep case', 'value', 'Zyxcanary case plan', 'medium', NULL, 'snoozed', true, '2026-11-24', '2026-11-24', '2026-11-24', '2026-12-03', 'Zyxcanary case wait', NULL, NULL, NULL, '', '', '2026-11-29 09:50:23.334371+00', NULL, 1, 3, 3, NULL, false, NULL),
	(3, 'risk', 'shut', 'Zyxcanary shut case', 'value', 'Zyxcanary case plan', 'medium', NULL, 'closed', true, '2026-11-24', '2026-11-24', '2026-11-24', NULL, '', NULL, '2026-11-24', '2026-11-29 09:50:23.358669+00', 'resolved', 'Zyxcanary case came', '2026-11-29 09:50:23.340586+00', 3, 1, 3, 3, NULL, false, NULL),
	(4, 'risk', 'silent', 'Birch case', '', '', 'medium', 24000.00, 'new', true, '2026-11-24', '2026-11-24', '2026-11-24', NULL, '', NULL, NULL, NULL, '', '', '2026-11-29 09:50:25.919705+00', NULL, 2, NULL, 4, 1, false, NULL),
	(5, 'risk', 'asleep', 'Birch asleep case', 'value', 'Birch case plan', 'medium', NULL, 'snoozed', true, '2026-11-24', '2026-11-24', '2026-11-24', '2026-12-03', 'Birch case wait', NULL, NULL, NULL, '', '', '2026-11-29 09:50:25.926254+00', NULL, 2, 4, 4, NULL, false, NULL),
	(6, 'risk', 'shut', 'Birch shut case', 'value', 'Birch case plan', 'medium', NULL, 'closed', true, '2026-11-24', '2026-11-24', '2026-11-24', NULL, '', NULL, '2026-11-24', '2026-11-29 09:50:25.952897+00', 'resolved', 'Birch case came', '2026-11-29 09:50:25.93155+00', 4, 2, 4, 4, NULL, false, NULL),
	(7, 'risk', 'silent', 'Cedar case', '', '', 'medium', 36000.00, 'new', true, '2026-11-24', '2026-11-24', '2026-11-24', NULL, '', NULL, NULL, NULL, '', '', '2026-11-29 09:50:28.055631+00', NULL, 3, NULL, 2, 1, false, NULL),
	(8, 'risk', 'asleep', 'Cedar asleep case', 'value', 'Cedar case plan', 'medium', NULL, 'snoozed', true, '2026-11-24', '2026-11-24', '2026-11-24', '2026-12-03', 'Cedar case wait', NULL, NULL, NULL, '', '', '2026-11-29 09:50:28.061692+00', NULL, 3, 2, 2, NULL, false, NULL),
	(9, 'risk', 'shut', 'Cedar shut case', 'value', 'Cedar case plan', 'medium', NULL, 'closed', true, '2026-11-24', '2026-11-24', '2026-11-24', NULL, '', NULL, '2026-11-24', '2026-11-29 09:50:28.091661+00', 'resolved', 'Cedar case came', '2026-11-29 09:50:28.063842+00', 2, 3, 2, 2, NULL, false, NULL);
INSERT INTO public.health_caseact (id, act, day, at, note, by_id, case_id) VALUES
	(1, 'snoozed', '2026-11-24', '2026-11-29 09:50:23.355112+00', 'Zyxcanary case wait', 3, 2),
	(2, 'closed', '2026-11-24', '2026-11-29 09:50:23.369931+00', 'Zyxcanary case came', 3, 3),
	(3, 'snoozed', '2026-11-24', '2026-11-29 09:50:25.948409+00', 'Birch case wait', 4, 5),
	(4, 'closed', '2026-11-24', '2026-11-29 09:50:25.977495+00', 'Birch case came', 4, 6),
	(5, 'snoozed', '2026-11-24', '2026-11-29 09:50:28.081186+00', 'Cedar case wait', 2, 8),
	(6, 'closed', '2026-11-24', '2026-11-29 09:50:28.107256+00', 'Cedar case came', 2, 9);
INSERT INTO public.health_caseevidence (id, day, facts, note, case_id, rule_id) VALUES
	(1, '2026-11-24', '{"days": 20, "last_on": "2026-11-04"}', '', 1, 1),
	(2, '2026-11-24', '{}', 'Zyxcanary case seen', 2, NULL),
	(3, '2026-11-24', '{}', 'Zyxcanary case seen', 3, NULL),
	(4, '2026-11-24', '{"days": 20, "last_on": "2026-11-04"}', '', 4, 1),
	(5, '2026-11-24', '{}', 'Birch case seen', 5, NULL),
	(6, '2026-11-24', '{}', 'Birch case seen', 6, NULL),
	(7, '2026-11-24', '{"days": 20, "last_on": "2026-11-04"}', '', 7, 1),
	(8, '2026-11-24', '{}', 'Cedar case seen', 8, NULL),
	(9, '2026-11-24', '{}', 'Cedar case seen', 9, NULL);
INSERT INTO public.health_caserulechange (id, at, fields, by_id, rule_id) VALUES
	(1, '2026-11-29 09:50:17.16963+00', '{"values": [{}, {"days": 30}]}', 6, 1);
INSERT INTO public.health_scorecard (id, key, name, version, "position", stages, is_published, measures, green_from, yellow_from, created_on, based_on_id, created_by_id, is_draft, note, purpose) VALUES
	(1, 'onboarding', 'Onboarding', 1, 1, '{onboarding}', true, '{milestones_reached,activation_share,days_since_use,usage_frequency,feature_breadth,core_depth,error_rate,tickets_balance,support_csat,ticket_resolution,champion_present,touch_recency}', 70.00, 45.00, '2026-11-24', NULL, NULL, false, '', 'health'),
	(3, 'expansion', 'Expansion', 1, 3, '{growth,mature}', true, '{limit_reached,seat_use,user_growth,unentitled_features,feature_share,core_depth,integrations_in_use,champion_present,executive_reach,nps_weighted,outcomes_reached,community_activity}', 70.00, 45.00, '2026-11-24', NULL, NULL, false, '', 'expansion'),
	(4, 'adoption', 'Adoption', 1, 4, '{}', true, '{activation_share,usage_frequency,usage_level,user_growth,core_depth,feature_share,usage_intensity,pes,integrations_in_use}', 70.00, 45.00, '2026-11-24', NULL, NULL, false, '', 'adoption'),
	(2, 'standard', 'Standard', 1, 2, '{}', false, '{activation_share,core_depth,usage_trend,feature_breadth,user_growth,stickiness,days_since_use,usage_frequency,error_rate,support_csat,tickets_balance,ticket_resolution,first_response,repeat_issues,survey_csat,champion_present,executive_reach,touch_recency,contacts_in_touch,nps_weighted,renewal_intent,outcomes_reached,ces,payment_overdue}', 70.00, 45.00, '2026-11-24', NULL, NULL, false, '', 'health'),
	(5, 'standard', 'Standard', 2, 2, '{}', true, '{activation_share,core_depth,usage_trend,feature_breadth,user_growth,stickiness,days_since_use,usage_frequency,error_rate,support_csat,tickets_balance,ticket_resolution,first_response,repeat_issues,survey_csat,champion_present,executive_reach,touch_recency,contacts_in_touch,nps_weighted,renewal_intent,outcomes_reached,ces,payment_overdue}', 70.00, 45.00, '2026-11-24', 2, 6, false, '', 'health'),
	(6, 'standard', 'Standard', 3, 2, '{}', false, '{activation_share,core_depth,usage_trend,feature_breadth,user_growth,stickiness,days_since_use,usage_frequency,error_rate,support_csat,tickets_balance,ticket_resolution,first_response,repeat_issues,survey_csat,champion_present,executive_reach,touch_recency,contacts_in_touch,nps_weighted,renewal_intent,outcomes_reached,ces,payment_overdue}', 70.00, 45.00, '2026-11-24', 5, 6, true, '', 'health');
INSERT INTO public.health_ceiling (id, condition, at_most, scorecard_id) VALUES
	(1, 'champion_left', 69.00, 1),
	(2, 'login_only', 69.00, 1),
	(3, 'silent', 69.00, 1),
	(4, 'no_value', 69.00, 1),
	(5, 'overdue', 69.00, 1),
	(6, 'champion_left', 69.00, 2),
	(7, 'login_only', 69.00, 2),
	(8, 'silent', 69.00, 2),
	(9, 'no_value', 69.00, 2),
	(10, 'overdue', 69.00, 2),
	(11, 'silent', 44.00, 3),
	(12, 'overdue', 69.00, 3),
	(13, 'login_only', 69.00, 4),
	(14, 'silent', 44.00, 4),
	(15, 'champion_left', 69.00, 5),
	(16, 'login_only', 69.00, 5),
	(17, 'no_value', 69.00, 5),
	(18, 'overdue', 69.00, 5),
	(19, 'silent', 69.00, 5),
	(20, 'champion_left', 69.00, 6),
	(21, 'login_only', 69.00, 6),
	(22, 'no_value', 69.00, 6),
	(23, 'overdue', 69.00, 6),
	(24, 'silent', 69.00, 6);
INSERT INTO public.health_digest (id, day, scope, counts, made_at, newest_case_id, user_id) VALUES
	(1, '2026-11-24', 'team', '{"due": 1, "new": 2}', '2026-11-29 09:50:28.125133+00', 9, 1),
	(2, '2026-11-24', 'team', '{"due": 2, "new": 4}', '2026-11-29 09:50:28.125133+00', 9, 2),
	(3, '2026-11-24', 'own', '{"due": 1, "new": 2}', '2026-11-29 09:50:28.125133+00', 9, 3),
	(4, '2026-11-24', 'own', '{"due": 1, "new": 2}', '2026-11-29 09:50:28.125133+00', 9, 4),
	(5, '2026-11-24', 'own', '{"due": 1, "new": 2}', '2026-11-29 09:50:28.125133+00', 9, 5),
	(6, '2026-11-24', 'all', '{"due": 3, "new": 6}', '2026-11-29 09:50:28.125133+00', 9, 6);
INSERT INTO public.health_digestline (id, kind, "position", band_before, band_after, case_id, customer_id, digest_id, milestone_id) VALUES
	(1, 'new', 2, '', '', 2, 1, 1, NULL),
	(2, 'new', 1, '', '', 1, 1, 1, NULL),
	(3, 'due', 1, '', '', 1, 1, 1, NULL),
	(4, 'new', 4, '', '', 8, 3, 2, NULL),
	(5, 'new', 3, '', '', 5, 2, 2, NULL),
	(6, 'new', 2, '', '', 4, 2, 2, NULL),
	(7, 'new', 1, '', '', 7, 3, 2, NULL),
	(8, 'due', 2, '', '', 4, 2, 2, NULL),
	(9, 'due', 1, '', '', 7, 3, 2, NULL),
	(10, 'new', 2, '', '', 2, 1, 3, NULL),
	(11, 'new', 1, '', '', 1, 1, 3, NULL),
	(12, 'due', 1, '', '', 1, 1, 3, NULL),
	(13, 'new', 2, '', '', 5, 2, 4, NULL),
	(14, 'new', 1, '', '', 4, 2, 4, NULL),
	(15, 'due', 1, '', '', 4, 2, 4, NULL),
	(16, 'new', 2, '', '', 2, 1, 5, NULL),
	(17, 'new', 1, '', '', 1, 1, 5, NULL),
	(18, 'due', 1, '', '', 1, 1, 5, NULL),
	(19, 'new', 6, '', '', 8, 3, 6, NULL),
	(20, 'new', 5, '', '', 5, 2, 6, NULL),
	(21, 'new', 4, '', '', 2, 1, 6, NULL),
	(22, 'new', 3, '', '', 4, 2, 6, NULL),
	(23, 'new', 2, '', '', 7, 3, 6, NULL),
	(24, 'new', 1, '', '', 1, 1, 6, NULL),
	(25, 'due', 3, '', '', 4, 2, 6, NULL),
	(26, 'due', 2, '', '', 7, 3, 6, NULL),
	(27, 'due', 1, '', '', 1, 1, 6, NULL);
INSERT INTO public.health_feature (id, key, name, is_core, module) VALUES
	(1, 'f1', 'Zyxcanary feature', false, ''),
	(2, 'f2', 'Birch feature', false, ''),
	(3, 'f3', 'Cedar feature', false, '');
-- load via partition root public.health_featureday
-- load via partition root public.health_featureday
INSERT INTO public.health_featureday (day, users, uses, customer_id, feature_id) VALUES
	('2026-10-31', 2, 4, 1, 1),
	('2026-10-30', 2, 4, 1, 1),
	('2026-10-29', 2, 4, 1, 1),
	('2026-10-28', 2, 4, 1, 1),
	('2026-10-27', 2, 4, 1, 1),
	('2026-10-26', 2, 4, 1, 1),
	('2026-10-25', 2, 4, 1, 1),
	('2026-10-24', 2, 4, 1, 1),
	('2026-10-23', 2, 4, 1, 1),
	('2026-10-22', 2, 4, 1, 1),
	('2026-10-21', 2, 4, 1, 1),
	('2026-10-20', 2, 4, 1, 1),
	('2026-10-19', 2, 4, 1, 1),
	('2026-10-18', 2, 4, 1, 1),
	('2026-10-17', 2, 4, 1, 1),
	('2026-10-16', 2, 4, 1, 1),
	('2026-10-31', 2, 4, 2, 2),
	('2026-10-30', 2, 4, 2, 2),
	('2026-10-29', 2, 4, 2, 2),
	('2026-10-28', 2, 4, 2, 2),
	('2026-10-27', 2, 4, 2, 2),
	('2026-10-26', 2, 4, 2, 2),
	('2026-10-25', 2, 4, 2, 2),
	('2026-10-24', 2, 4, 2, 2),
	('2026-10-23', 2, 4, 2, 2),
	('2026-10-22', 2, 4, 2, 2),
	('2026-10-21', 2, 4, 2, 2),
	('2026-10-20', 2, 4, 2, 2),
	('2026-10-19', 2, 4, 2, 2),
	('2026-10-18', 2, 4, 2, 2),
	('2026-10-17', 2, 4, 2, 2),
	('2026-10-16', 2, 4, 2, 2),
	('2026-10-31', 2, 4, 3, 3),
	('2026-10-30', 2, 4, 3, 3),
	('2026-10-29', 2, 4, 3, 3),
	('2026-10-28', 2, 4, 3, 3),
	('2026-10-27', 2, 4, 3, 3),
	('2026-10-26', 2, 4, 3, 3),
	('2026-10-25', 2, 4, 3, 3),
	('2026-10-24', 2, 4, 3, 3),
	('2026-10-23', 2, 4, 3, 3),
	('2026-10-22', 2, 4, 3, 3),
	('2026-10-21', 2, 4, 3, 3),
	('2026-10-20', 2, 4, 3, 3),
	('2026-10-19', 2, 4, 3, 3),
	('2026-10-18', 2, 4, 3, 3),
	('2026-10-17', 2, 4, 3, 3),
	('2026-10-16', 2, 4, 3, 3);
-- load via partition root public.health_featureday
INSERT INTO public.health_featureday (day, users, uses, customer_id, feature_id) VALUES
	('2026-11-24', 2, 4, 1, 1),
	('2026-11-23', 2, 4, 1, 1),
	('2026-11-22', 2, 4, 1, 1),
	('2026-11-21', 2, 4, 1, 1),
	('2026-11-20', 2, 4, 1, 1),
	('2026-11-19', 2, 4, 1, 1),
	('2026-11-18', 2, 4, 1, 1),
	('2026-11-17', 2, 4, 1, 1),
	('2026-11-16', 2, 4, 1, 1),
	('2026-11-15', 2, 4, 1, 1),
	('2026-11-14', 2, 4, 1, 1),
	('2026-11-13', 2, 4, 1, 1),
	('2026-11-12', 2, 4, 1, 1),
	('2026-11-11', 2, 4, 1, 1),
	('2026-11-10', 2, 4, 1, 1),
	('2026-11-09', 2, 4, 1, 1),
	('2026-11-08', 2, 4, 1, 1),
	('2026-11-07', 2, 4, 1, 1),
	('2026-11-06', 2, 4, 1, 1),
	('2026-11-05', 2, 4, 1, 1),
	('2026-11-04', 2, 4, 1, 1),
	('2026-11-03', 2, 4, 1, 1),
	('2026-11-02', 2, 4, 1, 1),
	('2026-11-01', 2, 4, 1, 1),
	('2026-11-24', 2, 4, 2, 2),
	('2026-11-23', 2, 4, 2, 2),
	('2026-11-22', 2, 4, 2, 2),
	('2026-11-21', 2, 4, 2, 2),
	('2026-11-20', 2, 4, 2, 2),
	('2026-11-19', 2, 4, 2, 2),
	('2026-11-18', 2, 4, 2, 2),
	('2026-11-17', 2, 4, 2, 2),
	('2026-11-16', 2, 4, 2, 2),
	('2026-11-15', 2, 4, 2, 2),
	('2026-11-14', 2, 4, 2, 2),
	('2026-11-13', 2, 4, 2, 2),
	('2026-11-12', 2, 4, 2, 2),
	('2026-11-11', 2, 4, 2, 2),
	('2026-11-10', 2, 4, 2, 2),
	('2026-11-09', 2, 4, 2, 2),
	('2026-11-08', 2, 4, 2, 2),
	('2026-11-07', 2, 4, 2, 2),
	('2026-11-06', 2, 4, 2, 2),
	('2026-11-05', 2, 4, 2, 2),
	('2026-11-04', 2, 4, 2, 2),
	('2026-11-03', 2, 4, 2, 2),
	('2026-11-02', 2, 4, 2, 2),
	('2026-11-01', 2, 4, 2, 2),
	('2026-11-24', 2, 4, 3, 3),
	('2026-11-23', 2, 4, 3, 3),
	('2026-11-22', 2, 4, 3, 3),
	('2026-11-21', 2, 4, 3, 3),
	('2026-11-20', 2, 4, 3, 3),
	('2026-11-19', 2, 4, 3, 3),
	('2026-11-18', 2, 4, 3, 3),
	('2026-11-17', 2, 4, 3, 3),
	('2026-11-16', 2, 4, 3, 3),
	('2026-11-15', 2, 4, 3, 3),
	('2026-11-14', 2, 4, 3, 3),
	('2026-11-13', 2, 4, 3, 3),
	('2026-11-12', 2, 4, 3, 3),
	('2026-11-11', 2, 4, 3, 3),
	('2026-11-10', 2, 4, 3, 3),
	('2026-11-09', 2, 4, 3, 3),
	('2026-11-08', 2, 4, 3, 3),
	('2026-11-07', 2, 4, 3, 3),
	('2026-11-06', 2, 4, 3, 3),
	('2026-11-05', 2, 4, 3, 3),
	('2026-11-04', 2, 4, 3, 3),
	('2026-11-03', 2, 4, 3, 3),
	('2026-11-02', 2, 4, 3, 3),
	('2026-11-01', 2, 4, 3, 3);
INSERT INTO public.health_measuregroup (id, key, name, "position", weight, scorecard_id) VALUES
	(1, 'adoption', 'Adoption', 1, 60.00, 1),
	(2, 'support', 'Support', 2, 20.00, 1),
	(3, 'relationship', 'Relationship', 3, 20.00, 1),
	(4, 'adoption', 'Adoption', 1, 50.00, 2),
	(5, 'support', 'Support', 2, 17.00, 2),
	(6, 'relationship', 'Relationship', 3, 18.00, 2),
	(7, 'value', 'Value', 4, 10.00, 2),
	(8, 'commercial', 'Commercial', 5, 5.00, 2),
	(9, 'growth', 'Growth', 1, 45.00, 3),
	(10, 'breadth', 'Breadth', 2, 20.00, 3),
	(11, 'relationship', 'Relationship', 3, 35.00, 3),
	(12, 'people', 'People', 1, 40.00, 4),
	(13, 'depth', 'Depth', 2, 60.00, 4),
	(14, 'adoption', 'Adoption', 1, 50.00, 5),
	(15, 'support', 'Support', 2, 17.00, 5),
	(16, 'relationship', 'Relationship', 3, 18.00, 5),
	(17, 'value', 'Value', 4, 10.00, 5),
	(18, 'commercial', 'Commercial', 5, 5.00, 5),
	(19, 'adoption', 'Adoption', 1, 50.00, 6),
	(20, 'support', 'Support', 2, 17.00, 6),
	(21, 'relationship', 'Relationship', 3, 18.00, 6),
	(22, 'value', 'Value', 4, 10.00, 6),
	(23, 'commercial', 'Commercial', 5, 5.00, 6);
INSERT INTO public.health_namedscore (id, day, value, raw, band, coverage, oldest_input_on, ceiling, points, weights, amounts, inputs_on, purpose, customer_id, scorecard_id) VALUES
	(1, '2026-11-23', 61.00, 61.10, 'yellow', 0.365, '2026-11-23', '', '{NULL,NULL,33,NULL,100,NULL,NULL,100,50,NULL,NULL,NULL}', '{0,0,0.45,0,0.2,0,0,0.175,0.175,0,0,0}', '{NULL,NULL,0,NULL,1,NULL,NULL,1,1,NULL,NULL,NULL}', '{NULL,NULL,2026-11-23,NULL,2026-11-23,NULL,NULL,2026-11-23,2026-11-23,NULL,NULL,NULL}', 'expansion', 1, 3),
	(2, '2026-11-23', 88.00, 87.75, 'green', 0.560, '2026-11-23', '', '{NULL,100,NULL,89,NULL,100,33,100,NULL}', '{0,0.2,0,0.2,0,0.3,0.15,0.15,0}', '{NULL,7,NULL,0,NULL,1,2.6666666666666665,83.33333333333333,NULL}', '{NULL,2026-11-23,NULL,2026-11-23,NULL,2026-11-23,2026-11-23,2026-11-23,NULL}', 'adoption', 1, 4),
	(3, '2026-10-15', 75.00, 75.00, 'green', 0.175, '2026-10-15', '', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,100,50,NULL,NULL,NULL}', '{0,0,0,0,0,0,0,0.5,0.5,0,0,0}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,2026-10-15,2026-10-15,NULL,NULL,NULL}', 'expansion', 1, 3),
	(4, '2026-10-15', NULL, NULL, '', 0.000, NULL, '', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}', '{0,0,0,0,0,0,0,0,0}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}', 'adoption', 1, 4),
	(5, '2026-11-24', 47.00, 47.35, 'yellow', 0.435, '2026-11-24', '', '{NULL,NULL,33,NULL,100,NULL,NULL,100,0,0,NULL,NULL}', '{0,0,0.45,0,0.2,0,0,0.125,0.125,0.1,0,0}', '{NULL,NULL,0,NULL,1,NULL,NULL,1,0,-100,NULL,NULL}', '{NULL,NULL,2026-11-24,NULL,2026-11-24,NULL,NULL,2026-11-24,2026-11-24,2026-11-24,NULL,NULL}', 'expansion', 1, 3),
	(6, '2026-11-23', 53.00, 53.10, 'yellow', 0.365, '2026-11-23', '', '{NULL,NULL,33,NULL,60,NULL,NULL,100,50,NULL,NULL,NULL}', '{0,0,0.45,0,0.2,0,0,0.175,0.175,0,0,0}', '{NULL,NULL,0,NULL,0.5,NULL,NULL,1,1,NULL,NULL,NULL}', '{NULL,NULL,2026-11-23,NULL,2026-11-23,NULL,NULL,2026-11-23,2026-11-23,NULL,NULL,NULL}', 'expansion', 2, 3),
	(7, '2026-11-23', 76.00, 75.75, 'green', 0.560, '2026-11-23', '', '{NULL,100,NULL,89,NULL,60,33,100,NULL}', '{0,0.2,0,0.2,0,0.3,0.15,0.15,0}', '{NULL,7,NULL,0,NULL,0.5,2.6666666666666665,66.66666666666667,NULL}', '{NULL,2026-11-23,NULL,2026-11-23,NULL,2026-11-23,2026-11-23,2026-11-23,NULL}', 'adoption', 2, 4),
	(8, '2026-10-15', 75.00, 75.00, 'green', 0.175, '2026-10-15', '', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,100,50,NULL,NULL,NULL}', '{0,0,0,0,0,0,0,0.5,0.5,0,0,0}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,2026-10-15,2026-10-15,NULL,NULL,NULL}', 'expansion', 2, 3),
	(9, '2026-10-15', NULL, NULL, '', 0.000, NULL, '', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}', '{0,0,0,0,0,0,0,0,0}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}', 'adoption', 2, 4),
	(10, '2026-11-24', 39.00, 39.35, 'red', 0.435, '2026-11-24', '', '{NULL,NULL,33,NULL,60,NULL,NULL,100,0,0,NULL,NULL}', '{0,0,0.45,0,0.2,0,0,0.125,0.125,0.1,0,0}', '{NULL,NULL,0,NULL,0.5,NULL,NULL,1,0,-100,NULL,NULL}', '{NULL,NULL,2026-11-24,NULL,2026-11-24,NULL,NULL,2026-11-24,2026-11-24,2026-11-24,NULL,NULL}', 'expansion', 2, 3),
	(11, '2026-11-23', 47.00, 46.50, 'yellow', 0.365, '2026-11-23', '', '{NULL,NULL,33,NULL,27,NULL,NULL,100,50,NULL,NULL,NULL}', '{0,0,0.45,0,0.2,0,0,0.175,0.175,0,0,0}', '{NULL,NULL,0,NULL,0.3333333333333333,NULL,NULL,1,1,NULL,NULL,NULL}', '{NULL,NULL,2026-11-23,NULL,2026-11-23,NULL,NULL,2026-11-23,2026-11-23,NULL,NULL,NULL}', 'expansion', 3, 3),
	(12, '2026-11-23', 66.00, 65.85, 'yellow', 0.560, '2026-11-23', '', '{NULL,100,NULL,89,NULL,27,33,100,NULL}', '{0,0.2,0,0.2,0,0.3,0.15,0.15,0}', '{NULL,7,NULL,0,NULL,0.3333333333333333,2.6666666666666665,61.11111111111111,NULL}', '{NULL,2026-11-23,NULL,2026-11-23,NULL,2026-11-23,2026-11-23,2026-11-23,NULL}', 'adoption', 3, 4),
	(13, '2026-10-15', 75.00, 75.00, 'green', 0.175, '2026-10-15', '', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,100,50,NULL,NULL,NULL}', '{0,0,0,0,0,0,0,0.5,0.5,0,0,0}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,2026-10-15,2026-10-15,NULL,NULL,NULL}', 'expansion', 3, 3),
	(14, '2026-10-15', NULL, NULL, '', 0.000, NULL, '', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}', '{0,0,0,0,0,0,0,0,0}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL}', 'adoption', 3, 4),
	(15, '2026-11-24', 33.00, 32.75, 'red', 0.435, '2026-11-24', '', '{NULL,NULL,33,NULL,27,NULL,NULL,100,0,0,NULL,NULL}', '{0,0,0.45,0,0.2,0,0,0.125,0.125,0.1,0,0}', '{NULL,NULL,0,NULL,0.3333333333333333,NULL,NULL,1,0,-100,NULL,NULL}', '{NULL,NULL,2026-11-24,NULL,2026-11-24,NULL,NULL,2026-11-24,2026-11-24,2026-11-24,NULL,NULL}', 'expansion', 3, 3);
INSERT INTO public.health_override (id, value, band, from_day, until_day, reason, computed, computed_band, withdrawn_on, created_at, author_id, customer_id, withdrawn_by_id) VALUES
	(1, 40, 'red', '2026-11-24', '2026-12-03', 'Zyxcanary override', NULL, '', NULL, '2026-11-29 09:50:17.256259+00', 3, 1, NULL),
	(2, 40, 'red', '2026-11-24', '2026-12-03', 'Birch override', NULL, '', NULL, '2026-11-29 09:50:23.398218+00', 4, 2, NULL),
	(3, 40, 'red', '2026-11-24', '2026-12-03', 'Cedar override', NULL, '', NULL, '2026-11-29 09:50:26.067674+00', 2, 3, NULL);
INSERT INTO public.health_ownmeasure (id, key, name, about, source, attribute, survey, statistic, window_days, zero_at, full_at, shelf_life_days, created_on, created_by_id, feature_id, is_hidden) VALUES
	(1, 'own_said', 'Said', '', 'survey', '', 'nps', 'newest', 28, 0.0000, 10.0000, 90, '2026-11-24', NULL, NULL, false);
INSERT INTO public.health_score (id, day, value, raw, band, coverage, oldest_input_on, ceiling, points, weights, amounts, inputs_on, customer_id, scorecard_id) VALUES
	(3, '2026-11-24', 68.00, 68.43, 'yellow', 0.525, '2026-11-21', '', '{NULL,NULL,100,0,89,100,100,100,100,NULL,100,12,NULL,100,NULL,100,0,100,33,0,NULL,NULL,NULL,NULL}', '{0,0,0.13574661,0.13574661,0.04524887,0.04524887,0.09049774,0.04524887,0.09049774,0,0.08888889,0.06666667,0,0.044444446,0,0.04982699,0.037370242,0.037370242,0.024913495,0.062283736,0,0,0,0}', '{NULL,NULL,1.3333333333333335,1,0,1,0,7,0,NULL,0,87,NULL,0,NULL,1,0,0,1,-100,NULL,NULL,NULL,NULL}', '{NULL,NULL,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,NULL,2026-11-24,2026-11-21,NULL,2026-11-21,NULL,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,NULL,NULL,NULL,NULL}', 1, 5),
	(2, '2026-10-15', 88.00, 61.11, 'green', 0.081, '2026-10-15', '', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,100,50,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0.44444445,0.33333334,0,0.22222222,0,0,0,0,0}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2026-10-15,2026-10-15,NULL,2026-10-15,NULL,NULL,NULL,NULL,NULL}', 1, 5),
	(1, '2026-11-23', 88.00, 74.09, 'green', 0.453, '2026-11-21', '', '{NULL,NULL,100,0,89,100,100,100,100,NULL,100,46,NULL,100,NULL,100,50,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{0,0,0.13574661,0.13574661,0.04524887,0.04524887,0.09049774,0.04524887,0.09049774,0,0.08888889,0.06666667,0,0.044444446,0,0.09411765,0.07058824,0,0.047058824,0,0,0,0,0}', '{NULL,NULL,1.5454545454545454,1,0,1,0,7,0,NULL,0,63,NULL,0,NULL,1,1,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,2026-11-23,2026-11-23,2026-11-23,2026-11-23,2026-11-23,2026-11-23,2026-11-23,NULL,2026-11-23,2026-11-21,NULL,2026-11-21,NULL,2026-11-23,2026-11-23,NULL,2026-11-23,NULL,NULL,NULL,NULL,NULL}', 1, 5),
	(6, '2026-11-24', 68.00, 68.43, 'yellow', 0.525, '2026-11-21', '', '{NULL,NULL,100,0,89,100,100,100,100,NULL,100,12,NULL,100,NULL,100,0,100,33,0,NULL,NULL,NULL,NULL}', '{0,0,0.13574661,0.13574661,0.04524887,0.04524887,0.09049774,0.04524887,0.09049774,0,0.08888889,0.06666667,0,0.044444446,0,0.04982699,0.037370242,0.037370242,0.024913495,0.062283736,0,0,0,0}', '{NULL,NULL,1.3333333333333335,1,0,1,0,7,0,NULL,0,87,NULL,0,NULL,1,0,0,1,-100,NULL,NULL,NULL,NULL}', '{NULL,NULL,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,NULL,2026-11-24,2026-11-21,NULL,2026-11-21,NULL,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,NULL,NULL,NULL,NULL}', 2, 5),
	(5, '2026-10-15', 88.00, 61.11, 'green', 0.081, '2026-10-15', '', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,100,50,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0.44444445,0.33333334,0,0.22222222,0,0,0,0,0}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2026-10-15,2026-10-15,NULL,2026-10-15,NULL,NULL,NULL,NULL,NULL}', 2, 5),
	(4, '2026-11-23', 88.00, 74.09, 'green', 0.453, '2026-11-21', '', '{NULL,NULL,100,0,89,100,100,100,100,NULL,100,46,NULL,100,NULL,100,50,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{0,0,0.13574661,0.13574661,0.04524887,0.04524887,0.09049774,0.04524887,0.09049774,0,0.08888889,0.06666667,0,0.044444446,0,0.09411765,0.07058824,0,0.047058824,0,0,0,0,0}', '{NULL,NULL,1.5454545454545454,1,0,1,0,7,0,NULL,0,63,NULL,0,NULL,1,1,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,2026-11-23,2026-11-23,2026-11-23,2026-11-23,2026-11-23,2026-11-23,2026-11-23,NULL,2026-11-23,2026-11-21,NULL,2026-11-21,NULL,2026-11-23,2026-11-23,NULL,2026-11-23,NULL,NULL,NULL,NULL,NULL}', 2, 5),
	(9, '2026-11-24', 68.00, 68.43, 'yellow', 0.525, '2026-11-21', '', '{NULL,NULL,100,0,89,100,100,100,100,NULL,100,12,NULL,100,NULL,100,0,100,33,0,NULL,NULL,NULL,NULL}', '{0,0,0.13574661,0.13574661,0.04524887,0.04524887,0.09049774,0.04524887,0.09049774,0,0.08888889,0.06666667,0,0.044444446,0,0.04982699,0.037370242,0.037370242,0.024913495,0.062283736,0,0,0,0}', '{NULL,NULL,1.3333333333333335,1,0,1,0,7,0,NULL,0,87,NULL,0,NULL,1,0,0,1,-100,NULL,NULL,NULL,NULL}', '{NULL,NULL,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,NULL,2026-11-24,2026-11-21,NULL,2026-11-21,NULL,2026-11-24,2026-11-24,2026-11-24,2026-11-24,2026-11-24,NULL,NULL,NULL,NULL}', 3, 5),
	(8, '2026-10-15', 88.00, 61.11, 'green', 0.081, '2026-10-15', '', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,100,50,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0.44444445,0.33333334,0,0.22222222,0,0,0,0,0}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2026-10-15,2026-10-15,NULL,2026-10-15,NULL,NULL,NULL,NULL,NULL}', 3, 5),
	(7, '2026-11-23', 88.00, 74.09, 'green', 0.453, '2026-11-21', '', '{NULL,NULL,100,0,89,100,100,100,100,NULL,100,46,NULL,100,NULL,100,50,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{0,0,0.13574661,0.13574661,0.04524887,0.04524887,0.09049774,0.04524887,0.09049774,0,0.08888889,0.06666667,0,0.044444446,0,0.09411765,0.07058824,0,0.047058824,0,0,0,0,0}', '{NULL,NULL,1.5454545454545454,1,0,1,0,7,0,NULL,0,63,NULL,0,NULL,1,1,NULL,0,NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,2026-11-23,2026-11-23,2026-11-23,2026-11-23,2026-11-23,2026-11-23,2026-11-23,NULL,2026-11-23,2026-11-21,NULL,2026-11-21,NULL,2026-11-23,2026-11-23,NULL,2026-11-23,NULL,NULL,NULL,NULL,NULL}', 3, 5);
INSERT INTO public.health_scorecardact (id, key, version, act, at, day, note, by_id) VALUES
	(1, 'standard', 2, 'drafted', '2026-11-29 09:50:16.615146+00', '2026-11-24', '', 6),
	(2, 'standard', 2, 'published', '2026-11-29 09:50:16.704775+00', '2026-11-24', '', NULL),
	(3, 'standard', 3, 'drafted', '2026-11-29 09:50:16.899003+00', '2026-11-24', '', 6);
INSERT INTO public.health_scorecardmeasure (id, measure, window_days, zero_at, full_at, weight, shelf_life_days, group_id) VALUES
	(1, 'milestones_reached', 28, 0.2500, 1.0000, 25.00, 365, 1),
	(2, 'activation_share', 28, 0.1000, 0.4000, 30.00, 90, 1),
	(3, 'days_since_use', 28, 45.0000, 7.0000, 20.00, 400, 1),
	(4, 'usage_frequency', 28, 0.0000, 4.0000, 10.00, 90, 1),
	(5, 'feature_breadth', 90, 1.0000, 8.0000, 10.00, 90, 1),
	(6, 'core_depth', 28, 0.1000, 0.6000, 15.00, 90, 1),
	(7, 'error_rate', 28, 0.1500, 0.0200, 10.00, 90, 1),
	(8, 'tickets_balance', 90, 4.0000, 0.0000, 30.00, 90, 2),
	(9, 'support_csat', 180, 2.5000, 4.5000, 30.00, 180, 2),
	(10, 'ticket_resolution', 90, 96.0000, 24.0000, 20.00, 90, 2),
	(11, 'champion_present', 28, 0.0000, 1.0000, 50.00, 90, 3),
	(12, 'touch_recency', 400, 90.0000, 21.0000, 50.00, 400, 3),
	(13, 'activation_share', 28, 0.2000, 0.7000, 25.00, 90, 4),
	(14, 'core_depth', 28, 0.1000, 0.6000, 20.00, 90, 4),
	(15, 'usage_trend', 28, -0.5000, 0.1000, 15.00, 90, 4),
	(16, 'feature_breadth', 90, 1.0000, 8.0000, 15.00, 90, 4),
	(17, 'user_growth', 28, -0.4000, 0.0500, 5.00, 90, 4),
	(18, 'stickiness', 28, 0.1500, 0.6000, 5.00, 90, 4),
	(19, 'days_since_use', 28, 45.0000, 7.0000, 10.00, 400, 4),
	(20, 'usage_frequency', 28, 0.0000, 4.0000, 5.00, 90, 4),
	(21, 'error_rate', 28, 0.1500, 0.0200, 10.00, 90, 4),
	(22, 'support_csat', 180, 2.5000, 4.5000, 30.00, 180, 5),
	(23, 'tickets_balance', 90, 4.0000, 0.0000, 20.00, 90, 5),
	(24, 'ticket_resolution', 90, 96.0000, 24.0000, 15.00, 90, 5),
	(25, 'first_response', 90, 240.0000, 60.0000, 10.00, 90, 5),
	(26, 'repeat_issues', 90, 0.5000, 0.1000, 10.00, 90, 5),
	(27, 'survey_csat', 180, 2.5000, 4.5000, 15.00, 180, 5),
	(28, 'champion_present', 28, 0.0000, 1.0000, 20.00, 90, 6),
	(29, 'executive_reach', 28, 0.0000, 2.0000, 15.00, 90, 6),
	(30, 'touch_recency', 400, 90.0000, 21.0000, 15.00, 400, 6),
	(31, 'contacts_in_touch', 180, 0.0000, 3.0000, 10.00, 90, 6),
	(32, 'nps_weighted', 180, -50.0000, 50.0000, 25.00, 180, 6),
	(33, 'renewal_intent', 180, 3.0000, 8.0000, 15.00, 180, 6),
	(34, 'outcomes_reached', 365, 0.0000, 0.8000, 70.00, 365, 7),
	(35, 'ces', 365, 3.0000, 6.0000, 30.00, 365, 7),
	(36, 'payment_overdue', 28, 60.0000, 5.0000, 10.00, 400, 8),
	(37, 'limit_reached', 28, 0.5000, 1.0000, 30.00, 90, 9),
	(38, 'seat_use', 28, 0.3000, 0.8000, 20.00, 90, 9),
	(39, 'user_growth', 28, -0.1000, 0.2000, 20.00, 90, 9),
	(40, 'unentitled_features', 28, 0.0000, 2.0000, 30.00, 90, 9),
	(41, 'feature_share', 90, 0.2000, 0.7000, 50.00, 90, 10),
	(42, 'core_depth', 28, 0.1000, 0.6000, 25.00, 90, 10),
	(43, 'integrations_in_use', 28, 0.0000, 3.0000, 25.00, 90, 10),
	(44, 'champion_present', 28, 0.0000, 1.0000, 25.00, 90, 11),
	(45, 'executive_reach', 28, 0.0000, 2.0000, 25.00, 90, 11),
	(46, 'nps_weighted', 180, -50.0000, 50.0000, 20.00, 180, 11),
	(47, 'outcomes_reached', 365, 0.0000, 0.8000, 20.00, 365, 11),
	(48, 'community_activity', 90, 0.0000, 3.0000, 10.00, 90, 11),
	(49, 'activation_share', 28, 0.1000, 0.5000, 40.00, 90, 12),
	(50, 'usage_frequency', 28, 0.0000, 3.0000, 25.00, 90, 12),
	(51, 'usage_level', 28, 1.0000, 12.0000, 10.00, 90, 12),
	(52, 'user_growth', 28, -0.4000, 0.0500, 25.00, 90, 12),
	(53, 'core_depth', 28, 0.1000, 0.6000, 30.00, 90, 13),
	(54, 'feature_share', 90, 0.1000, 0.4000, 30.00, 90, 13),
	(55, 'usage_intensity', 28, 1.0000, 6.0000, 15.00, 90, 13),
	(56, 'pes', 28, 10.0000, 60.0000, 15.00, 90, 13),
	(57, 'integrations_in_use', 28, 0.0000, 3.0000, 10.00, 90, 13),
	(58, 'activation_share', 28, 0.2000, 0.7000, 25.00, 90, 14),
	(59, 'core_depth', 28, 0.1000, 0.6000, 20.00, 90, 14),
	(60, 'usage_trend', 28, -0.5000, 0.1000, 15.00, 90, 14),
	(61, 'feature_breadth', 90, 1.0000, 8.0000, 15.00, 90, 14),
	(62, 'user_growth', 28, -0.4000, 0.0500, 5.00, 90, 14),
	(63, 'stickiness', 28, 0.1500, 0.6000, 5.00, 90, 14),
	(64, 'days_since_use', 28, 45.0000, 7.0000, 10.00, 400, 14),
	(65, 'usage_frequency', 28, 0.0000, 4.0000, 5.00, 90, 14),
	(66, 'error_rate', 28, 0.1500, 0.0200, 10.00, 90, 14),
	(67, 'support_csat', 180, 2.5000, 4.5000, 30.00, 180, 15),
	(68, 'tickets_balance', 90, 4.0000, 0.0000, 20.00, 90, 15),
	(69, 'ticket_resolution', 90, 96.0000, 24.0000, 15.00, 90, 15),
	(70, 'first_response', 90, 240.0000, 60.0000, 10.00, 90, 15),
	(71, 'repeat_issues', 90, 0.5000, 0.1000, 10.00, 90, 15),
	(72, 'survey_csat', 180, 2.5000, 4.5000, 15.00, 180, 15),
	(73, 'champion_present', 28, 0.0000, 1.0000, 20.00, 90, 16),
	(74, 'executive_reach', 28, 0.0000, 2.0000, 15.00, 90, 16),
	(75, 'touch_recency', 400, 90.0000, 21.0000, 15.00, 400, 16),
	(76, 'contacts_in_touch', 180, 0.0000, 3.0000, 10.00, 90, 16),
	(77, 'nps_weighted', 180, -50.0000, 50.0000, 25.00, 180, 16),
	(78, 'renewal_intent', 180, 3.0000, 8.0000, 15.00, 180, 16),
	(79, 'outcomes_reached', 365, 0.0000, 0.8000, 70.00, 365, 17),
	(80, 'ces', 365, 3.0000, 6.0000, 30.00, 365, 17),
	(81, 'payment_overdue', 28, 60.0000, 5.0000, 10.00, 400, 18),
	(82, 'activation_share', 28, 0.2000, 0.7000, 25.00, 90, 19),
	(83, 'core_depth', 28, 0.1000, 0.6000, 20.00, 90, 19),
	(84, 'usage_trend', 28, -0.5000, 0.1000, 15.00, 90, 19),
	(85, 'feature_breadth', 90, 1.0000, 8.0000, 15.00, 90, 19),
	(86, 'user_growth', 28, -0.4000, 0.0500, 5.00, 90, 19),
	(87, 'stickiness', 28, 0.1500, 0.6000, 5.00, 90, 19),
	(88, 'days_since_use', 28, 45.0000, 7.0000, 10.00, 400, 19),
	(89, 'usage_frequency', 28, 0.0000, 4.0000, 5.00, 90, 19),
	(90, 'error_rate', 28, 0.1500, 0.0200, 10.00, 90, 19),
	(91, 'support_csat', 180, 2.5000, 4.5000, 30.00, 180, 20),
	(92, 'tickets_balance', 90, 4.0000, 0.0000, 20.00, 90, 20),
	(93, 'ticket_resolution', 90, 96.0000, 24.0000, 15.00, 90, 20),
	(94, 'first_response', 90, 240.0000, 60.0000, 10.00, 90, 20),
	(95, 'repeat_issues', 90, 0.5000, 0.1000, 10.00, 90, 20),
	(96, 'survey_csat', 180, 2.5000, 4.5000, 15.00, 180, 20),
	(97, 'champion_present', 28, 0.0000, 1.0000, 20.00, 90, 21),
	(98, 'executive_reach', 28, 0.0000, 2.0000, 15.00, 90, 21),
	(99, 'touch_recency', 400, 90.0000, 21.0000, 15.00, 400, 21),
	(100, 'contacts_in_touch', 180, 0.0000, 3.0000, 10.00, 90, 21),
	(101, 'nps_weighted', 180, -50.0000, 50.0000, 25.00, 180, 21),
	(102, 'renewal_intent', 180, 3.0000, 8.0000, 15.00, 180, 21),
	(103, 'outcomes_reached', 365, 0.0000, 0.8000, 70.00, 365, 22),
	(104, 'ces', 365, 3.0000, 6.0000, 30.00, 365, 22),
	(105, 'payment_overdue', 28, 60.0000, 5.0000, 10.00, 400, 23);
INSERT INTO public.health_surveyresponse (id, kind, answer, answered_on, comment, source, external_id, contact_id, customer_id) VALUES
	(1, 'nps', 3, '2026-11-24', 'Zyxcanary comment', 'test', '1', NULL, 1),
	(2, 'nps', 3, '2026-11-24', 'Birch comment', 'test', '2', NULL, 2),
	(3, 'nps', 3, '2026-11-24', 'Cedar comment', 'test', '3', NULL, 3);
INSERT INTO public.health_tenurethreshold (id, from_days, zero_at, full_at, line_id) VALUES
	(1, 28, 0.2000, 0.7000, 2),
	(2, 90, 0.2000, 0.7000, 49),
	(3, 90, 0.0000, 4.0000, 50),
	(4, 90, 0.2000, 0.7000, 54);
INSERT INTO public.health_ticket (id, source, external_id, subject, topic, severity, opened_at, first_response_at, solved_at, reopened, escalated, csat, customer_id) VALUES
	(1, 'test', '1', 'Zyxcanary subject', 'Zyxcanary topic', 'high', '2026-11-21 09:00:00+00', NULL, NULL, 0, false, NULL, 1),
	(2, 'test', '2', 'Birch subject', 'Birch topic', 'high', '2026-11-21 09:00:00+00', NULL, NULL, 0, false, NULL, 2),
	(3, 'test', '3', 'Cedar subject', 'Cedar topic', 'high', '2026-11-21 09:00:00+00', NULL, NULL, 0, false, NULL, 3);
-- load via partition root public.health_usageday
-- load via partition root public.health_usageday
INSERT INTO public.health_usageday (day, active_users, sessions, uses, core_uses, features, seconds, errors, feature_bits, customer_id) VALUES
	('2026-10-31', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-30', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-29', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-28', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-27', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-26', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-25', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-24', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-23', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-22', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-21', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-20', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-19', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-18', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-17', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-16', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-10-31', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-30', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-29', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-28', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-27', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-26', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-25', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-24', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-23', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-22', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-21', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-20', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-19', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-18', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-17', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-16', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-10-31', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-30', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-29', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-28', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-27', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-26', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-25', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-24', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-23', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-22', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-21', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-20', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-19', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-18', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-17', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-10-16', 3, 0, 8, 0, 1, 0, 0, 0, 3);
-- load via partition root public.health_usageday
INSERT INTO public.health_usageday (day, active_users, sessions, uses, core_uses, features, seconds, errors, feature_bits, customer_id) VALUES
	('2026-11-24', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-23', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-22', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-21', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-20', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-19', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-18', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-17', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-16', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-15', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-14', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-13', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-12', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-11', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-10', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-09', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-08', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-07', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-06', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-05', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-04', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-03', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-02', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-01', 3, 0, 8, 0, 1, 0, 0, 0, 1),
	('2026-11-24', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-23', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-22', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-21', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-20', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-19', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-18', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-17', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-16', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-15', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-14', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-13', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-12', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-11', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-10', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-09', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-08', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-07', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-06', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-05', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-04', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-03', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-02', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-01', 3, 0, 8, 0, 1, 0, 0, 0, 2),
	('2026-11-24', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-23', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-22', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-21', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-20', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-19', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-18', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-17', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-16', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-15', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-14', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-13', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-12', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-11', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-10', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-09', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-08', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-07', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-06', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-05', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-04', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-03', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-02', 3, 0, 8, 0, 1, 0, 0, 0, 3),
	('2026-11-01', 3, 0, 8, 0, 1, 0, 0, 0, 3);
INSERT INTO public.outbox_outbox (id, kind, dedup_key, payload, state, attempts, publications, error, created_at, publish_after, settled_at, batch_id) VALUES
	(1, 'health.digest_mail', 'digest:1:2026-11-24', '{"digest": 1}', 'pending', 0, 0, '', '2026-11-29 09:50:28.143784+00', '2026-11-29 09:50:28.143784+00', NULL, NULL),
	(2, 'health.digest_mail', 'digest:2:2026-11-24', '{"digest": 2}', 'pending', 0, 0, '', '2026-11-29 09:50:28.144491+00', '2026-11-29 09:50:28.144491+00', NULL, NULL),
	(3, 'health.digest_mail', 'digest:4:2026-11-24', '{"digest": 4}', 'pending', 0, 0, '', '2026-11-29 09:50:28.144727+00', '2026-11-29 09:50:28.144727+00', NULL, NULL),
	(4, 'health.digest_mail', 'digest:5:2026-11-24', '{"digest": 5}', 'pending', 0, 0, '', '2026-11-29 09:50:28.144871+00', '2026-11-29 09:50:28.144871+00', NULL, NULL),
	(5, 'health.digest_mail', 'digest:6:2026-11-24', '{"digest": 6}', 'pending', 0, 0, '', '2026-11-29 09:50:28.145027+00', '2026-11-29 09:50:28.145027+00', NULL, NULL),
	(6, 'mail', 'mail:lost', '{}', 'dead', 0, 0, 'Refused', '2026-11-29 09:50:28.154912+00', '2026-11-29 09:50:28.154912+00', '2026-11-29 09:50:28.152912+00', NULL),
	(7, 'mail', 'mail:up:0', '{"to": ["a@b.example"], "subject": "s"}', 'pending', 0, 0, '', '2026-11-29 09:50:28.321152+00', '2026-11-29 09:50:28.321152+00', NULL, NULL),
	(8, 'mail', 'mail:up:1', '{"to": ["a@b.example"], "subject": "s"}', 'pending', 1, 0, '', '2026-11-29 09:50:28.321876+00', '2026-11-29 09:50:28.321876+00', NULL, NULL),
	(9, 'mail', 'mail:up:2', '{"to": ["a@b.example"], "subject": "s"}', 'pending', 1, 0, 'refused', '2026-11-29 09:50:28.32249+00', '2026-11-29 09:50:28.32249+00', NULL, NULL),
	(10, 'mail', 'mail:up:3', '{"to": ["a@b.example"], "subject": "s"}', 'done', 1, 0, '', '2026-11-29 09:50:28.323084+00', '2026-11-29 09:50:28.323084+00', '2026-11-24 00:00:00+00', NULL),
	(11, 'mail', 'mail:up:4', '{"to": ["a@b.example"], "subject": "s"}', 'dead', 5, 0, 'x', '2026-11-29 09:50:28.323658+00', '2026-11-29 09:50:28.323658+00', '2026-11-24 00:00:00+00', NULL),
	(12, 'mail', 'mail:up:5', '{"to": ["a@b.example"], "subject": "s"}', 'unknown', 1, 0, 'y', '2026-11-29 09:50:28.324275+00', '2026-11-29 09:50:28.324275+00', '2026-11-24 00:00:00+00', NULL);
INSERT INTO public.playbooks_playbook (id, key, name, description, state, published_id) VALUES
	(2, 'second-by-hand', 'Second by hand', '', 'active', 2),
	(1, 'by-hand', 'By hand', '', 'active', 3),
	(3, 'drafted', 'Drafted', '', 'active', 4),
	(4, 'wide', 'Wide', '', 'active', 6),
	(5, 'onboarding', 'Onboarding', 'Takes a new customer from kick-off to team adoption in its first 90 days.', 'active', 7),
	(6, 'low-usage', 'Low-usage re-engagement', 'Brings users back when use has fallen by 30% or more within four weeks.', 'active', 8),
	(7, 'feature-adoption', 'Feature adoption', 'Widens use where a healthy customer works with few of the features it pays for.', 'active', 9),
	(8, 'renewal-prep', 'Renewal prep', 'Prepares each renewal 60 to 90 days ahead: health, value, open issues, business case.', 'active', 10),
	(9, 'post-renewal', 'Post-renewal', 'Thanks, a success plan and a first QBR after a renewal was won.', 'active', 11);
INSERT INTO public.playbooks_playbookversion (id, number, trigger_kind, trigger, audience, reentry_days, created_at, published_at, created_by_id, playbook_id) VALUES
	(1, 1, 'by_hand', '{}', '[]', 90, '2026-11-29 09:50:16.955534+00', '2026-11-29 09:50:16.981038+00', NULL, 1),
	(2, 1, 'by_hand', '{}', '[]', 90, '2026-11-29 09:50:17.008599+00', '2026-11-29 09:50:17.037151+00', NULL, 2),
	(3, 2, 'by_hand', '{}', '[]', 90, '2026-11-29 09:50:17.06607+00', '2026-11-29 09:50:17.069907+00', NULL, 1),
	(4, 1, 'by_hand', '{}', '[]', 90, '2026-11-29 09:50:17.085362+00', '2026-11-29 09:50:17.100516+00', NULL, 3),
	(5, 2, 'by_hand', '{}', '[]', 90, '2026-11-29 09:50:17.124752+00', NULL, 6, 3),
	(6, 1, 'state', '{"state": "score_drop", "values": {"days": 20, "points": 1}}', '[]', 90, '2026-11-29 09:50:17.133167+00', '2026-11-29 09:50:17.155022+00', NULL, 4),
	(7, 1, 'stage_entered', '{"stage": "onboarding", "within_days": 30}', '[]', 365, '2026-11-29 09:50:28.172931+00', '2026-11-24 00:00:00+00', NULL, 5),
	(8, 1, 'state', '{"state": "usage_falling", "values": {"days": 28, "percent": 30}}', '[{"test": "at_least", "field": "tenure_days", "value": 90}]', 90, '2026-11-29 09:50:28.209768+00', '2026-11-24 00:00:00+00', NULL, 6),
	(9, 1, 'state', '{"state": "measure_below", "values": {"of": "points", "beyond": 25.0, "measure": "feature_breadth"}}', '[{"test": "at_least", "field": "tenure_days", "value": 60}, {"test": "is_in", "field": "band", "value": ["green", "yellow"]}]', 180, '2026-11-29 09:50:28.236639+00', '2026-11-24 00:00:00+00', NULL, 7),
	(10, 1, 'renewal_due', '{}', '[]', 0, '2026-11-29 09:50:28.264605+00', '2026-11-24 00:00:00+00', NULL, 8),
	(11, 1, 'renewal_closed', '{"outcomes": ["contracted", "expanded", "renewed"], "within_days": 30}', '[]', 30, '2026-11-29 09:50:28.297218+00', '2026-11-24 00:00:00+00', NULL, 9);
INSERT INTO public.renewals_renewal (id, term_number, due_on, notice_on, arr, stage, prep_opened_on, category, csm_likelihood, csm_note, csm_called_on, model_likelihood, model_low, model_high, final_likelihood, final_reason, final_on, outcome, closed_on, closed_arr, before_closing, cancellation_id, closed_by_id, contract_id, customer_id, final_by_id, prep_with_id, successor_id, arr_going_on, final_category, leaves_on, leaving, prep_on, void_reason) VALUES
	(3, 1, '2026-11-29', NULL, 2000.00, 'closed', '2026-11-24', '', NULL, '', NULL, NULL, NULL, NULL, NULL, '', NULL, 'churned', '2026-11-24', 0.00, '{"stage": "preparing", "written": {"ended_on": "2026-11-29", "replaced_by": null}, "ended_on": null, "replaced_by": null, "end_known_on": null, "made_contract": null}', 1, 3, 3, 1, NULL, NULL, NULL, 2000.00, '', NULL, '', '2026-08-31', ''),
	(4, 1, '2027-06-12', NULL, 3000.00, 'upcoming', NULL, '', NULL, '', NULL, 0.830, 0.692, 0.914, NULL, '', NULL, '', NULL, NULL, '{}', NULL, NULL, 4, 1, NULL, NULL, NULL, 3000.00, '', NULL, '', '2027-03-14', ''),
	(1, 1, '2027-01-03', NULL, 7654321.00, 'preparing', '2026-11-24', 'at_risk', NULL, 'Zyxcanary call', '2026-11-24', 0.830, 0.692, 0.914, NULL, '', NULL, '', NULL, NULL, '{}', NULL, NULL, 1, 1, NULL, NULL, NULL, 7654321.00, '', NULL, '', '2026-10-05', ''),
	(2, 1, '2027-02-17', NULL, 1000.00, 'preparing', '2026-11-24', '', NULL, '', NULL, 0.830, 0.692, 0.914, 0.500, 'Zyxcanary reason', '2026-11-24', '', NULL, NULL, '{}', NULL, NULL, 2, 1, 6, NULL, NULL, 1000.00, '', NULL, '', '2026-11-19', ''),
	(8, 1, '2026-11-29', NULL, 2000.00, 'closed', '2026-11-24', '', NULL, '', NULL, NULL, NULL, NULL, NULL, '', NULL, 'churned', '2026-11-24', 0.00, '{"stage": "preparing", "written": {"ended_on": "2026-11-29", "replaced_by": null}, "ended_on": null, "replaced_by": null, "end_known_on": null, "made_contract": null}', 2, 4, 8, 2, NULL, NULL, NULL, 2000.00, '', NULL, '', '2026-08-31', ''),
	(9, 1, '2027-06-12', NULL, 3000.00, 'upcoming', NULL, '', NULL, '', NULL, 0.830, 0.692, 0.914, NULL, '', NULL, '', NULL, NULL, '{}', NULL, NULL, 9, 2, NULL, NULL, NULL, 3000.00, '', NULL, '', '2027-03-14', ''),
	(6, 1, '2027-01-03', NULL, 24000.00, 'preparing', '2026-11-24', 'at_risk', NULL, 'Birch call', '2026-11-24', 0.830, 0.692, 0.914, NULL, '', NULL, '', NULL, NULL, '{}', NULL, NULL, 6, 2, NULL, NULL, NULL, 24000.00, '', NULL, '', '2026-10-05', ''),
	(7, 1, '2027-02-17', NULL, 1000.00, 'preparing', '2026-11-24', '', NULL, '', NULL, 0.830, 0.692, 0.914, 0.500, 'Birch reason', '2026-11-24', '', NULL, NULL, '{}', NULL, NULL, 7, 2, 6, NULL, NULL, 1000.00, '', NULL, '', '2026-11-19', ''),
	(13, 1, '2026-11-29', NULL, 2000.00, 'closed', '2026-11-24', '', NULL, '', NULL, NULL, NULL, NULL, NULL, '', NULL, 'churned', '2026-11-24', 0.00, '{"stage": "preparing", "written": {"ended_on": "2026-11-29", "replaced_by": null}, "ended_on": null, "replaced_by": null, "end_known_on": null, "made_contract": null}', 3, 2, 13, 3, NULL, NULL, NULL, 2000.00, '', NULL, '', '2026-08-31', ''),
	(14, 1, '2027-06-12', NULL, 3000.00, 'upcoming', NULL, '', NULL, '', NULL, 0.830, 0.692, 0.914, NULL, '', NULL, '', NULL, NULL, '{}', NULL, NULL, 14, 3, NULL, NULL, NULL, 3000.00, '', NULL, '', '2027-03-14', ''),
	(11, 1, '2027-01-03', NULL, 36000.00, 'preparing', '2026-11-24', 'at_risk', NULL, 'Cedar call', '2026-11-24', 0.830, 0.692, 0.914, NULL, '', NULL, '', NULL, NULL, '{}', NULL, NULL, 11, 3, NULL, NULL, NULL, 36000.00, '', NULL, '', '2026-10-05', ''),
	(12, 1, '2027-02-17', NULL, 1000.00, 'preparing', '2026-11-24', '', NULL, '', NULL, 0.830, 0.692, 0.914, 0.500, 'Cedar reason', '2026-11-24', '', NULL, NULL, '{}', NULL, NULL, 12, 3, 6, NULL, NULL, 1000.00, '', NULL, '', '2026-11-19', '');
INSERT INTO public.playbooks_enrolment (id, occasion, why, state, enrolled_on, finished_on, exit_reason, customer_id, enrolled_by_id, renewal_id, playbook_id, version_id) VALUES
	(1, 'hand:1', '{"by_hand": true}', 'running', '2026-11-24', NULL, '', 1, 3, NULL, 1, 3),
	(2, 'hand:1', '{"by_hand": true}', 'running', '2026-11-24', NULL, '', 2, 4, NULL, 1, 3),
	(3, 'hand:1', '{"by_hand": true}', 'running', '2026-11-24', NULL, '', 3, 2, NULL, 1, 3);
INSERT INTO public.playbooks_playbookstep (id, "position", title, note, assignee, due_business_days, prep_part, version_id, anchor) VALUES
	(1, 1, 'By hand: call', '', 'owner', 2, '', 1, 'entering'),
	(2, 2, 'By hand: write', '', 'owner', 2, '', 1, 'entering'),
	(3, 1, 'Second by hand: call', '', 'owner', 2, '', 2, 'entering'),
	(4, 2, 'Second by hand: write', '', 'owner', 2, '', 2, 'entering'),
	(5, 1, 'Ring twice', '', 'owner', 2, '', 3, 'entering'),
	(6, 1, 'Drafted: call', '', 'owner', 2, '', 4, 'entering'),
	(7, 2, 'Drafted: write', '', 'owner', 2, '', 4, 'entering'),
	(8, 1, 'Not yet', '', 'owner', 2, '', 5, 'entering'),
	(9, 1, 'Wide: call', '', 'owner', 2, '', 6, 'entering'),
	(10, 2, 'Wide: write', '', 'owner', 2, '', 6, 'entering'),
	(11, 1, 'Hold the kick-off call and agree on the first objectives', 'Sponsor, champion and admin in one call. Write down two objectives with a baseline, a target and a date. Leave with the names of the first users and the day they start.', 'owner', 3, '', 7, 'entering'),
	(12, 2, 'Week 1: see the first users at work', 'Activation is due on day 7: seats invited, data connected, first core task done. Ring the admin if somebody is stuck, and finish the set-up together on the call.', 'owner', 5, '', 7, 'entering'),
	(13, 3, 'Week 4: check that use has become a habit', 'Compare users of this week with those invited. Under 70% activated, offer a training for those who have not come back and ask the champion what keeps them away.', 'owner', 20, '', 7, 'entering'),
	(14, 4, 'Week 8: show the first value against the baseline', 'Measure the first objective with the champion, write the outcome down and have its unit value confirmed. Send the sponsor one page with that figure.', 'owner', 40, '', 7, 'entering'),
	(15, 5, 'Week 12: spread to the team and hand over to the regular cadence', 'Go through teams and features not yet in use and agree on the next one. Say who the contact is from now on and when the first review takes place.', 'owner', 60, '', 7, 'entering'),
	(16, 6, 'Review the first 90 days with the CSM', 'Milestones reached and missed, risks, what the customer''s next segment will need.', 'manager', 63, '', 7, 'entering'),
	(17, 1, 'Find out who stopped and since when', 'Open the usage panel: which users and which features fell, and what happened that week (a release, a ticket, a contact who left, a season).', 'owner', 1, '', 8, 'entering'),
	(18, 2, 'Call the champion about the fall in use', 'Name the figure and ask what changed. Settle whether it is a person, the product, the process or the season, and log the touch with its sentiment.', 'owner', 3, '', 8, 'entering'),
	(19, 3, 'Agree on one way back and a date', 'One of: training for the users who stopped, a session on the task they dropped, a fix from support, an example from a customer like them. Write down who does what by when.', 'owner', 7, '', 8, 'entering'),
	(20, 4, 'Check that use came back', 'Compare with the four weeks before the fall. Not back: tell your manager and name the risk.', 'owner', 20, '', 8, 'entering'),
	(21, 1, 'Choose the one feature that serves an open objective', 'Start from the customer''s objectives, not from our list. Pick a feature they pay for and do not use, and say which objective it moves.', 'owner', 3, '', 9, 'entering'),
	(22, 2, 'Show the feature on the customer''s own data', 'Thirty minutes with those who would use it every week. Set up one real case on the call.', 'owner', 10, '', 9, 'entering'),
	(23, 3, 'Check that the feature is used a month later', 'Used by at least two people in the last week: done. Otherwise ask what was missing and log it.', 'owner', 30, '', 9, 'entering'),
	(24, 1, 'Review health and usage for the renewal', 'Score and its parts, trend, seats used of seats paid, champion and sponsor in place. Note the two facts that help and the two that stand in the way.', 'owner', 5, 'health', 10, 'entering'),
	(25, 2, 'Document value and ROI', 'Outcomes of the term with baseline and measured value. Have the customer confirm the unit values: an estimate does not convince a buyer.', 'owner', 15, 'value', 10, 'entering'),
	(26, 3, 'Settle open issues', 'Every open ticket of high severity, every promise not kept. Each one solved, or with a date and a name the customer has agreed to.', 'owner', 20, 'issues', 10, 'entering'),
	(27, 4, 'Write the business case for the next term', 'One page: what was reached, what the next term brings, what it costs, what changes without it. Name the decision maker and the way to a signature before the notice date.', 'owner', 30, 'case', 10, 'entering'),
	(28, 1, 'Thank the people who made the renewal happen', 'Champion, sponsor and buyer, each by name and for what they did. A call rather than a mail.', 'owner', 2, '', 11, 'entering'),
	(29, 2, 'Agree on the success plan for the new term', 'Two or three objectives with baseline, target and date; owners on both sides; outcomes in the record.', 'owner', 15, '', 11, 'entering'),
	(30, 3, 'Book the first QBR of the new term', 'Within the cadence of the segment, sponsor included, goals sent ahead.', 'owner', 20, '', 11, 'entering');
INSERT INTO public.playbooks_task (id, title, note, assigned_as, due_on, snoozed_until, snooze_reason, outcome, outcome_note, done_at, created_at, assignee_id, customer_id, done_by_id, enrolment_id, renewal_id, step_id) VALUES
	(1, 'Ring twice', '', 'owner', '2026-11-26', NULL, '', '', '', NULL, '2026-11-29 09:50:23.261196+00', 3, 1, NULL, 1, NULL, 5),
	(2, 'Zyxcanary open task', 'Zyxcanary how', 'owner', '2026-11-24', NULL, '', '', '', NULL, '2026-11-29 09:50:23.279101+00', 3, 1, NULL, NULL, NULL, NULL),
	(3, 'Zyxcanary closed task', 'Zyxcanary how', 'owner', '2026-11-24', NULL, '', 'done', 'Zyxcanary came', '2026-11-29 09:50:23.294637+00', '2026-11-29 09:50:23.287113+00', 3, 1, 3, NULL, NULL, NULL),
	(4, 'Zyxcanary snoozed task', 'Zyxcanary how', 'owner', '2026-11-24', '2026-12-03', 'Zyxcanary wait', '', '', NULL, '2026-11-29 09:50:23.292901+00', 3, 1, NULL, NULL, NULL, NULL),
	(5, 'Ring twice', '', 'owner', '2026-11-26', NULL, '', '', '', NULL, '2026-11-29 09:50:25.805152+00', 4, 2, NULL, 2, NULL, 5),
	(6, 'Birch open task', 'Birch how', 'owner', '2026-11-24', NULL, '', '', '', NULL, '2026-11-29 09:50:25.850339+00', 4, 2, NULL, NULL, NULL, NULL),
	(7, 'Birch closed task', 'Birch how', 'owner', '2026-11-24', NULL, '', 'done', 'Birch came', '2026-11-29 09:50:25.877252+00', '2026-11-29 09:50:25.863679+00', 4, 2, 4, NULL, NULL, NULL),
	(8, 'Birch snoozed task', 'Birch how', 'owner', '2026-11-24', '2026-12-03', 'Birch wait', '', '', NULL, '2026-11-29 09:50:25.875978+00', 4, 2, NULL, NULL, NULL, NULL),
	(9, 'Ring twice', '', 'owner', '2026-11-26', NULL, '', '', '', NULL, '2026-11-29 09:50:27.937317+00', 2, 3, NULL, 3, NULL, 5),
	(10, 'Cedar open task', 'Cedar how', 'owner', '2026-11-24', NULL, '', '', '', NULL, '2026-11-29 09:50:27.980596+00', 2, 3, NULL, NULL, NULL, NULL),
	(11, 'Cedar closed task', 'Cedar how', 'owner', '2026-11-24', NULL, '', 'done', 'Cedar came', '2026-11-29 09:50:28.009547+00', '2026-11-29 09:50:27.992239+00', 2, 3, 2, NULL, NULL, NULL),
	(12, 'Cedar snoozed task', 'Cedar how', 'owner', '2026-11-24', '2026-12-03', 'Cedar wait', '', '', NULL, '2026-11-29 09:50:28.006433+00', 2, 3, NULL, NULL, NULL, NULL),
	(13, 'Zyxcanary left behind', '', 'person', '2026-11-24', NULL, '', '', '', NULL, '2026-11-29 09:50:28.119565+00', 4, 1, NULL, NULL, NULL, NULL);
INSERT INTO public.renewals_calibration (id, day, days_before, "group", n, kept, is_fitted, intercept, slope, intercept_variance, slope_variance, covariance, mean, low, high) VALUES
	(1, '2026-11-24', 0, 'notice', 0, 0, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(2, '2026-11-24', 90, 'score', 0, 0, false, -0.426274, 2.959701, 0.779536, 3.037149, -1.33716, NULL, NULL, NULL),
	(3, '2026-11-24', 90, 'none', 0, 0, false, NULL, NULL, NULL, NULL, NULL, 0.800, 0.632, 0.939),
	(4, '2026-11-24', 180, 'score', 0, 0, false, -0.426274, 2.959701, 0.779536, 3.037149, -1.33716, NULL, NULL, NULL),
	(5, '2026-11-24', 180, 'none', 0, 0, false, NULL, NULL, NULL, NULL, NULL, 0.800, 0.632, 0.939),
	(6, '2026-11-24', 365, 'score', 0, 0, false, -0.426274, 2.959701, 0.779536, 3.037149, -1.33716, NULL, NULL, NULL),
	(7, '2026-11-24', 365, 'none', 0, 0, false, NULL, NULL, NULL, NULL, NULL, 0.800, 0.632, 0.939);
INSERT INTO public.renewals_forecastcall (id, voice, "on", made_at, likelihood, category, note, by_id, renewal_id) VALUES
	(1, 'csm', '2026-11-24', '2026-11-29 09:50:18.754448+00', NULL, 'at_risk', 'Zyxcanary call', 3, 1),
	(2, 'final', '2026-11-24', '2026-11-29 09:50:18.764763+00', 0.500, '', 'Zyxcanary reason', 6, 2),
	(3, 'csm', '2026-11-24', '2026-11-29 09:50:24.877241+00', NULL, 'at_risk', 'Birch call', 4, 6),
	(4, 'final', '2026-11-24', '2026-11-29 09:50:24.887192+00', 0.500, '', 'Birch reason', 6, 7),
	(5, 'csm', '2026-11-24', '2026-11-29 09:50:27.438051+00', NULL, 'at_risk', 'Cedar call', 2, 11),
	(6, 'final', '2026-11-24', '2026-11-29 09:50:27.443646+00', 0.500, '', 'Cedar reason', 6, 12);
INSERT INTO public.renewals_preppart (id, part, facts, note, done_on, done_by_id, renewal_id) VALUES
	(5, 'health', '{"on": "2026-11-24", "band": "yellow", "uses": 224, "score": 68.00, "users": 3, "uses_before": 96, "score_before": null, "users_before": 3}', '', NULL, NULL, 2),
	(6, 'value', '{"on": "2026-11-24", "once": null, "rows": [{"id": 1, "unit": "Zyxcanary unit", "state": "open", "value": null, "period": "", "yearly": null, "measure": "Zyxcanary measure", "baseline": "1.00", "measured": null, "confirmed": false, "unit_value": "100.00"}], "price": "1000.00", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "without_period": 0}', '', NULL, NULL, 2),
	(7, 'issues', '{"on": "2026-11-24", "open": 1, "rows": [{"id": 1, "subject": "Zyxcanary subject", "reopened": 0, "severity": "high", "opened_on": "2026-11-21"}], "urgent": 0, "escalated": 0, "oldest_on": "2026-11-21"}', '', NULL, NULL, 2),
	(8, 'case', '{"on": "2026-11-24", "arr": "1000.00", "band": "yellow", "uses": 224, "score": 68.00, "due_on": "2027-02-17", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "auto_renews": false, "open_issues": 1, "term_months": 12, "uses_before": 96}', '', NULL, NULL, 2),
	(9, 'health', '{"on": "2026-11-24", "band": "yellow", "uses": 224, "score": 68.00, "users": 3, "uses_before": 96, "score_before": null, "users_before": 3}', '', NULL, NULL, 3),
	(10, 'value', '{"on": "2026-11-24", "once": null, "rows": [{"id": 1, "unit": "Zyxcanary unit", "state": "open", "value": null, "period": "", "yearly": null, "measure": "Zyxcanary measure", "baseline": "1.00", "measured": null, "confirmed": false, "unit_value": "100.00"}], "price": "2000.00", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "without_period": 0}', '', NULL, NULL, 3),
	(11, 'issues', '{"on": "2026-11-24", "open": 1, "rows": [{"id": 1, "subject": "Zyxcanary subject", "reopened": 0, "severity": "high", "opened_on": "2026-11-21"}], "urgent": 0, "escalated": 0, "oldest_on": "2026-11-21"}', '', NULL, NULL, 3),
	(12, 'case', '{"on": "2026-11-24", "arr": "2000.00", "band": "yellow", "uses": 224, "score": 68.00, "due_on": "2026-11-29", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "auto_renews": false, "open_issues": 1, "term_months": 12, "uses_before": 96}', '', NULL, NULL, 3),
	(1, 'health', '{"on": "2026-11-24", "band": "yellow", "uses": 224, "score": 68.00, "users": 3, "uses_before": 96, "score_before": null, "users_before": 3}', 'Zyxcanary prep', NULL, NULL, 1),
	(2, 'value', '{"on": "2026-11-24", "once": null, "rows": [{"id": 1, "unit": "Zyxcanary unit", "state": "open", "value": null, "period": "", "yearly": null, "measure": "Zyxcanary measure", "baseline": "1.00", "measured": null, "confirmed": false, "unit_value": "100.00"}], "price": "7654321.00", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "without_period": 0}', 'Zyxcanary prep', NULL, NULL, 1),
	(3, 'issues', '{"on": "2026-11-24", "open": 1, "rows": [{"id": 1, "subject": "Zyxcanary subject", "reopened": 0, "severity": "high", "opened_on": "2026-11-21"}], "urgent": 0, "escalated": 0, "oldest_on": "2026-11-21"}', 'Zyxcanary prep', NULL, NULL, 1),
	(4, 'case', '{"on": "2026-11-24", "arr": "7654321.00", "band": "yellow", "uses": 224, "score": 68.00, "due_on": "2027-01-03", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "auto_renews": false, "open_issues": 1, "term_months": 12, "uses_before": 96}', 'Zyxcanary prep', NULL, NULL, 1),
	(17, 'health', '{"on": "2026-11-24", "band": "yellow", "uses": 224, "score": 68.00, "users": 3, "uses_before": 96, "score_before": null, "users_before": 3}', '', NULL, NULL, 7),
	(18, 'value', '{"on": "2026-11-24", "once": null, "rows": [{"id": 2, "unit": "Birch unit", "state": "open", "value": null, "period": "", "yearly": null, "measure": "Birch measure", "baseline": "1.00", "measured": null, "confirmed": false, "unit_value": "100.00"}], "price": "1000.00", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "without_period": 0}', '', NULL, NULL, 7),
	(19, 'issues', '{"on": "2026-11-24", "open": 1, "rows": [{"id": 2, "subject": "Birch subject", "reopened": 0, "severity": "high", "opened_on": "2026-11-21"}], "urgent": 0, "escalated": 0, "oldest_on": "2026-11-21"}', '', NULL, NULL, 7),
	(20, 'case', '{"on": "2026-11-24", "arr": "1000.00", "band": "yellow", "uses": 224, "score": 68.00, "due_on": "2027-02-17", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "auto_renews": false, "open_issues": 1, "term_months": 12, "uses_before": 96}', '', NULL, NULL, 7),
	(21, 'health', '{"on": "2026-11-24", "band": "yellow", "uses": 224, "score": 68.00, "users": 3, "uses_before": 96, "score_before": null, "users_before": 3}', '', NULL, NULL, 8),
	(22, 'value', '{"on": "2026-11-24", "once": null, "rows": [{"id": 2, "unit": "Birch unit", "state": "open", "value": null, "period": "", "yearly": null, "measure": "Birch measure", "baseline": "1.00", "measured": null, "confirmed": false, "unit_value": "100.00"}], "price": "2000.00", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "without_period": 0}', '', NULL, NULL, 8),
	(23, 'issues', '{"on": "2026-11-24", "open": 1, "rows": [{"id": 2, "subject": "Birch subject", "reopened": 0, "severity": "high", "opened_on": "2026-11-21"}], "urgent": 0, "escalated": 0, "oldest_on": "2026-11-21"}', '', NULL, NULL, 8),
	(24, 'case', '{"on": "2026-11-24", "arr": "2000.00", "band": "yellow", "uses": 224, "score": 68.00, "due_on": "2026-11-29", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "auto_renews": false, "open_issues": 1, "term_months": 12, "uses_before": 96}', '', NULL, NULL, 8),
	(13, 'health', '{"on": "2026-11-24", "band": "yellow", "uses": 224, "score": 68.00, "users": 3, "uses_before": 96, "score_before": null, "users_before": 3}', 'Birch prep', NULL, NULL, 6),
	(14, 'value', '{"on": "2026-11-24", "once": null, "rows": [{"id": 2, "unit": "Birch unit", "state": "open", "value": null, "period": "", "yearly": null, "measure": "Birch measure", "baseline": "1.00", "measured": null, "confirmed": false, "unit_value": "100.00"}], "price": "24000.00", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "without_period": 0}', 'Birch prep', NULL, NULL, 6),
	(15, 'issues', '{"on": "2026-11-24", "open": 1, "rows": [{"id": 2, "subject": "Birch subject", "reopened": 0, "severity": "high", "opened_on": "2026-11-21"}], "urgent": 0, "escalated": 0, "oldest_on": "2026-11-21"}', 'Birch prep', NULL, NULL, 6),
	(16, 'case', '{"on": "2026-11-24", "arr": "24000.00", "band": "yellow", "uses": 224, "score": 68.00, "due_on": "2027-01-03", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "auto_renews": false, "open_issues": 1, "term_months": 12, "uses_before": 96}', 'Birch prep', NULL, NULL, 6),
	(29, 'health', '{"on": "2026-11-24", "band": "yellow", "uses": 224, "score": 68.00, "users": 3, "uses_before": 96, "score_before": null, "users_before": 3}', '', NULL, NULL, 12),
	(30, 'value', '{"on": "2026-11-24", "once": null, "rows": [{"id": 3, "unit": "Cedar unit", "state": "open", "value": null, "period": "", "yearly": null, "measure": "Cedar measure", "baseline": "1.00", "measured": null, "confirmed": false, "unit_value": "100.00"}], "price": "1000.00", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "without_period": 0}', '', NULL, NULL, 12),
	(31, 'issues', '{"on": "2026-11-24", "open": 1, "rows": [{"id": 3, "subject": "Cedar subject", "reopened": 0, "severity": "high", "opened_on": "2026-11-21"}], "urgent": 0, "escalated": 0, "oldest_on": "2026-11-21"}', '', NULL, NULL, 12),
	(32, 'case', '{"on": "2026-11-24", "arr": "1000.00", "band": "yellow", "uses": 224, "score": 68.00, "due_on": "2027-02-17", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "auto_renews": false, "open_issues": 1, "term_months": 12, "uses_before": 96}', '', NULL, NULL, 12),
	(33, 'health', '{"on": "2026-11-24", "band": "yellow", "uses": 224, "score": 68.00, "users": 3, "uses_before": 96, "score_before": null, "users_before": 3}', '', NULL, NULL, 13),
	(34, 'value', '{"on": "2026-11-24", "once": null, "rows": [{"id": 3, "unit": "Cedar unit", "state": "open", "value": null, "period": "", "yearly": null, "measure": "Cedar measure", "baseline": "1.00", "measured": null, "confirmed": false, "unit_value": "100.00"}], "price": "2000.00", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "without_period": 0}', '', NULL, NULL, 13),
	(35, 'issues', '{"on": "2026-11-24", "open": 1, "rows": [{"id": 3, "subject": "Cedar subject", "reopened": 0, "severity": "high", "opened_on": "2026-11-21"}], "urgent": 0, "escalated": 0, "oldest_on": "2026-11-21"}', '', NULL, NULL, 13),
	(36, 'case', '{"on": "2026-11-24", "arr": "2000.00", "band": "yellow", "uses": 224, "score": 68.00, "due_on": "2026-11-29", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "auto_renews": false, "open_issues": 1, "term_months": 12, "uses_before": 96}', '', NULL, NULL, 13),
	(25, 'health', '{"on": "2026-11-24", "band": "yellow", "uses": 224, "score": 68.00, "users": 3, "uses_before": 96, "score_before": null, "users_before": 3}', 'Cedar prep', NULL, NULL, 11),
	(26, 'value', '{"on": "2026-11-24", "once": null, "rows": [{"id": 3, "unit": "Cedar unit", "state": "open", "value": null, "period": "", "yearly": null, "measure": "Cedar measure", "baseline": "1.00", "measured": null, "confirmed": false, "unit_value": "100.00"}], "price": "36000.00", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "without_period": 0}', 'Cedar prep', NULL, NULL, 11),
	(27, 'issues', '{"on": "2026-11-24", "open": 1, "rows": [{"id": 3, "subject": "Cedar subject", "reopened": 0, "severity": "high", "opened_on": "2026-11-21"}], "urgent": 0, "escalated": 0, "oldest_on": "2026-11-21"}', 'Cedar prep', NULL, NULL, 11),
	(28, 'case', '{"on": "2026-11-24", "arr": "36000.00", "band": "yellow", "uses": 224, "score": 68.00, "due_on": "2027-01-03", "achieved": 0, "outcomes": 1, "confirmed": null, "estimated": null, "auto_renews": false, "open_issues": 1, "term_months": 12, "uses_before": 96}', 'Cedar prep', NULL, NULL, 11);
INSERT INTO public.renewals_qbr (id, due_on, held_on, goals, note, closed_by_id, customer_id) VALUES
	(1, '2026-08-26', '2026-08-26', '["Zyxcanary goal"]', 'Zyxcanary said', 3, 1),
	(2, '2026-11-24', NULL, '[]', 'Zyxcanary draft', NULL, 1),
	(3, '2026-08-26', '2026-08-26', '["Birch goal"]', 'Birch said', 4, 2),
	(4, '2026-11-24', NULL, '[]', 'Birch draft', NULL, 2),
	(5, '2026-08-26', '2026-08-26', '["Cedar goal"]', 'Cedar said', 2, 3),
	(6, '2026-11-24', NULL, '[]', 'Cedar draft', NULL, 3);
-- The contracts above have asked for the same.
DELETE FROM public.renewals_termcheck;
INSERT INTO public.renewals_termcheck (id, contract_id, from_day) VALUES
	(10, 3, '2026-11-29'),
	(15, 5, '2027-01-28'),
	(23, 8, '2026-11-29'),
	(28, 10, '2027-01-28'),
	(36, 13, '2026-11-29'),
	(37, 15, '0001-01-01'),
	(38, 15, '0001-01-01');
INSERT INTO public.setaside_setaside (id, step, kind, object_id, words, reason, since, latest_at, times) VALUES
	(1, 'scores', 'customer', 1, 'Zyxcanary customer', 'Overflow', '2026-11-29 09:50:28.150201+00', '2026-11-29 09:50:28.150201+00', 1);
SELECT pg_catalog.setval('public.account_emailaddress_id_seq', 1, false);
SELECT pg_catalog.setval('public.account_emailconfirmation_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_absence_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_advocacyact_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_cancellation_id_seq', 3, true);
SELECT pg_catalog.setval('public.accounts_change_id_seq', 126, true);
SELECT pg_catalog.setval('public.accounts_closingday_id_seq', 1, true);
SELECT pg_catalog.setval('public.accounts_communityactivity_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_contact_id_seq', 6, true);
SELECT pg_catalog.setval('public.accounts_contract_id_seq', 15, true);
SELECT pg_catalog.setval('public.accounts_contractline_id_seq', 15, true);
SELECT pg_catalog.setval('public.accounts_cover_id_seq', 2, true);
SELECT pg_catalog.setval('public.accounts_customer_id_seq', 3, true);
SELECT pg_catalog.setval('public.accounts_datedattribute_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_datedfact_id_seq', 15, true);
SELECT pg_catalog.setval('public.accounts_entitlement_id_seq', 12, true);
SELECT pg_catalog.setval('public.accounts_exchangerate_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_externalkey_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_firstload_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_handover_id_seq', 1, true);
SELECT pg_catalog.setval('public.accounts_handovermove_id_seq', 1, true);
SELECT pg_catalog.setval('public.accounts_integration_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_invoice_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_objective_id_seq', 3, true);
SELECT pg_catalog.setval('public.accounts_organisation_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_outcome_id_seq', 3, true);
SELECT pg_catalog.setval('public.accounts_segment_id_seq', 1, true);
SELECT pg_catalog.setval('public.accounts_sentiment_id_seq', 6, true);
SELECT pg_catalog.setval('public.accounts_touchpoint_contacts_id_seq', 3, true);
SELECT pg_catalog.setval('public.accounts_touchpoint_id_seq', 3, true);
SELECT pg_catalog.setval('public.accounts_user_groups_id_seq', 1, false);
SELECT pg_catalog.setval('public.accounts_user_id_seq', 10, true);
SELECT pg_catalog.setval('public.accounts_user_user_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.demo_portfolio_id_seq', 1, false);
SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);
SELECT pg_catalog.setval('public.health_case_id_seq', 9, true);
SELECT pg_catalog.setval('public.health_caseact_id_seq', 6, true);
SELECT pg_catalog.setval('public.health_caseevidence_id_seq', 9, true);
SELECT pg_catalog.setval('public.health_caserule_id_seq', 1, true);
SELECT pg_catalog.setval('public.health_caserulechange_id_seq', 1, true);
SELECT pg_catalog.setval('public.health_ceiling_id_seq', 24, true);
SELECT pg_catalog.setval('public.health_digest_id_seq', 6, true);
SELECT pg_catalog.setval('public.health_digestline_id_seq', 27, true);
SELECT pg_catalog.setval('public.health_feature_id_seq', 3, true);
SELECT pg_catalog.setval('public.health_journeystep_id_seq', 1, false);
SELECT pg_catalog.setval('public.health_measuregroup_id_seq', 23, true);
SELECT pg_catalog.setval('public.health_milestone_id_seq', 1, false);
SELECT pg_catalog.setval('public.health_namedscore_id_seq', 15, true);
SELECT pg_catalog.setval('public.health_override_id_seq', 3, true);
SELECT pg_catalog.setval('public.health_ownmeasure_id_seq', 1, true);
SELECT pg_catalog.setval('public.health_replay_id_seq', 1, false);
SELECT pg_catalog.setval('public.health_replayedday_id_seq', 1, false);
SELECT pg_catalog.setval('public.health_rollupmark_id_seq', 1, false);
SELECT pg_catalog.setval('public.health_rulehold_id_seq', 1, false);
SELECT pg_catalog.setval('public.health_score_id_seq', 9, true);
SELECT pg_catalog.setval('public.health_scorecard_id_seq', 6, true);
SELECT pg_catalog.setval('public.health_scorecard_segments_id_seq', 1, false);
SELECT pg_catalog.setval('public.health_scorecardact_id_seq', 3, true);
SELECT pg_catalog.setval('public.health_scorecardmeasure_id_seq', 105, true);
SELECT pg_catalog.setval('public.health_scoredrange_id_seq', 1, false);
SELECT pg_catalog.setval('public.health_standingchange_id_seq', 1, false);
SELECT pg_catalog.setval('public.health_surveyresponse_id_seq', 3, true);
SELECT pg_catalog.setval('public.health_tenurethreshold_id_seq', 4, true);
SELECT pg_catalog.setval('public.health_ticket_id_seq', 3, true);
SELECT pg_catalog.setval('public.health_usagerecord_id_seq', 1, false);
SELECT pg_catalog.setval('public.outbox_batch_id_seq', 1, false);
SELECT pg_catalog.setval('public.outbox_outbox_id_seq', 12, true);
SELECT pg_catalog.setval('public.outbox_tick_id_seq', 1, false);
SELECT pg_catalog.setval('public.playbooks_enrolment_id_seq', 3, true);
SELECT pg_catalog.setval('public.playbooks_playbook_id_seq', 9, true);
SELECT pg_catalog.setval('public.playbooks_playbookhold_id_seq', 1, false);
SELECT pg_catalog.setval('public.playbooks_playbookstep_id_seq', 30, true);
SELECT pg_catalog.setval('public.playbooks_playbookversion_id_seq', 11, true);
SELECT pg_catalog.setval('public.playbooks_task_id_seq', 13, true);
SELECT pg_catalog.setval('public.renewals_calibration_id_seq', 7, true);
SELECT pg_catalog.setval('public.renewals_forecastcall_id_seq', 6, true);
SELECT pg_catalog.setval('public.renewals_preppart_id_seq', 36, true);
SELECT pg_catalog.setval('public.renewals_qbr_id_seq', 6, true);
SELECT pg_catalog.setval('public.renewals_renewal_id_seq', 15, true);
SELECT pg_catalog.setval('public.renewals_termcheck_id_seq', 38, true);
SELECT pg_catalog.setval('public.setaside_setaside_id_seq', 1, true);
SELECT pg_catalog.setval('public.setaside_steprun_id_seq', 1, false);
