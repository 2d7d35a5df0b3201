INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('258128d7-3410-4651-af61-171ca52fec7b', 'ROOT', '', '2026-11-25 10:39:58.154861', '2034-11-23 10:39:58.154861', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:02.946997', NULL, NULL, false, NULL, '4EB38E5BB69477E807FB4A6E4ABB7C4B6838FC9251620521EDFAAA2EBDB49E47', 'C104B67E339A7D15BF92814AD05804695AD73AA6');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('dac13dfb-080c-456b-8dbf-8163b890d4fe', 'KERNEL', 'SIGN', '2026-11-25 10:40:03.185365', '2029-11-24 10:40:03.185365', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:05.8015', NULL, NULL, false, NULL, '830D74C46087B3A4EBB53AC35770BE3165C5D6A3D577DA3FB1F6C1B274143C27', '5E5B22C7278E8A34A568BDDFAD26E2F2E4034E13');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('7024f79d-1205-475d-a8dc-67f5c1f986da', 'PRE_REGISTRATION', '', '2026-11-25 10:40:05.89975', '2029-11-24 10:40:05.89975', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:08.682136', NULL, NULL, false, NULL, '6D5EA6DC84AE56F57FA923A4AF8C481A48065A14FA6A93956F36C593D4D21637', 'B4FD34431B30845FB1759EBA7A85220BD8A90852');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('3dac2eb8-1819-4fb9-ae86-5b1ec40724c1', 'REGISTRATION', '', '2026-11-25 10:40:08.784071', '2029-11-24 10:40:08.784071', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:09.877195', NULL, NULL, false, NULL, '81DB6FB9A7025BBAD7A801E8D85D2EC194B3D63D5A0DE2F7E43718B9D812FB93', '4CBEE14300987B2EB2A8EE255A1BE066AFF78DFD');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('b3e64a96-d92e-41b8-a077-4a475c623aae', 'REGISTRATION_PROCESSOR', '', '2026-11-25 10:40:09.946824', '2029-11-24 10:40:09.946824', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:11.025619', NULL, NULL, false, NULL, 'E1C1534FD847B5AD10B8242A53D5F924367A12A7C7EC41CE50B74B0C3AFB2329', 'A12040A2F812D7E9311392D15296F79FF151A60D');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('e88279c7-c756-4dbb-b065-a142e715cfa3', 'ID_REPO', '', '2026-11-25 10:40:11.102722', '2029-11-24 10:40:11.102722', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:12.880552', NULL, NULL, false, NULL, '961311A4C30C74314825B37FFC83E2C1B23CE31BFE0C40269F3889E0D75EB8CD', '492E07507F71DF6EB570017ABD7D477E2C3EA1C2');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('4f3714b9-2dd3-432b-a414-ff6801733b04', 'KERNEL', 'IDENTITY_CACHE', '2026-11-25 10:40:12.935881', '2031-11-24 10:40:12.935881', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:13.020128', NULL, NULL, false, NULL, NULL, NULL);
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('e954b354-5fec-4dee-99aa-99180c790fc4', 'RESIDENT', '', '2026-11-25 10:40:13.142619', '2029-11-24 10:40:13.142619', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:17.483883', NULL, NULL, false, NULL, '24A73034A359AE2D358A8A4404BB6698C436CE124470DD28F50A79F309DD3D53', 'CB3EA1FE2D4908F4639759501E2D28873AABCAE2');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('5db60b8b-637c-4cf6-b6d1-bf6b1dd60af8', 'PMS', '', '2026-11-25 10:40:17.554264', '2030-11-24 10:40:17.554264', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:22.380682', NULL, NULL, false, NULL, '984D1AF8E3BFFC0DFB8ABB3AABD5BC80CF487E005AC0C01E43304945016AD970', '0A0D79FC0A606DB6017F7B53C522F6EEB2CF1F0E');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('a635b197-dafa-4be9-b9c7-3ee930254fb4', 'ADMIN_SERVICES', '', '2026-11-25 10:40:22.479523', '2029-11-24 10:40:22.479523', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:25.446991', NULL, NULL, false, NULL, '83B8AE3858A88D6B5FB19CAEA0F1A56ABFC68D90EAD1CE2C66DA40432F48EA95', '61AD9C9E11A038E7D3AA921A28D55BAD8E5F8CBB');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('aefa19ad-a399-4172-a43d-fb0ca871bd04', 'DIGITAL_CARD', '', '2026-11-25 10:40:25.510679', '2029-11-24 10:40:25.510679', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:26.665696', NULL, NULL, false, NULL, '87720BEA0506163B0EF3CE909A20215A2FD0E7B71109DD67A9E7D5CC350F91A5', 'FB5436E1DE9BE8E1FB2225F7035A865DE557B042');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('b49b0d85-1263-493c-8343-c165fd9d15c8', 'COMPLIANCE_TOOLKIT', '', '2026-11-25 10:40:26.733461', '2029-11-24 10:40:26.733461', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:28.392855', NULL, NULL, false, NULL, '077ACEBAB52011E59EE64314B55D5651A99C8553BDB9EA478E499A2EF189EF66', '6CBC06D0E6A636E851368C532609E75899AAC78B');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('ffe08e3b-a51b-4480-ac52-c71fb2e21abd', 'RESIDENT', 'mpartner-default-resident', '2026-11-25 10:40:28.477464', '2029-11-24 10:40:28.477464', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:30.403373', NULL, NULL, false, NULL, 'CA8E57DBD74A0E218F1E62288F981C91676827C9E091BFC78D09E6D0F23733B6', 'D23438011AE3C34F3DB7E314EAFFC0DBBD9115EF');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('9439f2b4-ba20-4816-a1c4-e02e67c096f6', 'COMPLIANCE_TOOLKIT', 'COMP-FIR', '2026-11-25 10:40:30.419408', '2029-11-24 10:40:30.419408', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:32.795545', NULL, NULL, false, NULL, 'AA09D0965C3EE38905E49C9FCADB51117FE5364C505864A3B0DCA24D597D4C45', 'DC0D617C54C861E93E502A6DD8980FD86C84F21D');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('d1d841f8-199c-4731-9b90-dbccca330e0f', 'LIMITED', '', '2026-11-25 10:40:33.146108', '2029-11-24 10:40:33.146108', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:34.314361', NULL, NULL, false, NULL, 'DA24193C4115909CA7F05F278D864D250CCC7727FC32CCC6C1283EFA8369B96B', '31032B2F33D9550F609006D35E96BF9AB2079EA5');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('1aaa9a59-d22d-470c-b4b2-7475fa46a297', 'NOACCESS', '', '2026-11-25 10:40:34.40729', '2029-11-24 10:40:34.40729', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:35.118097', NULL, NULL, false, NULL, '309ED8AA640E55B3B1B827C064704CE50FB08A132561A6643668072DDAD2EAED', 'F468B014F213D8AC89EE923295A913F09F01853D');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('ee388a7e-5393-4517-9e08-cfda652fee99', 'ID_REPO', 'EC_SECP256K1_SIGN', '2026-11-25 10:40:35.151142', '2029-11-24 10:40:35.151142', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:35.648123', NULL, NULL, false, NULL, 'C220A6533AC7FAB8733712DD807CCDBD34C822FFBBAA7B0FB5B7B36C104926CE', '82C00CE424994C7E47CCBFAFDEF7D36B900CE391');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('383b97d9-0ed1-4e89-b306-dfea12eb0bce', 'ID_REPO', 'EC_SECP256R1_SIGN', '2026-11-25 10:40:35.6788', '2029-11-24 10:40:35.6788', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:35.869507', NULL, NULL, false, NULL, '188E96ABE511B3106518C4EBF9FAC1FA75CFCF7E5E72D09134814D4DBB060090', '69ABFA0E99B424215359BA88FCBCE34D92D08387');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('047273f8-5da9-4599-9467-902fa2bdaa7f', 'ID_REPO', 'ED25519_SIGN', '2026-11-25 10:40:35.896186', '2029-11-24 10:40:35.896186', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:36.261985', NULL, NULL, false, NULL, 'F7D3FB6280A9C29A948BA1F1B2B05828473E6FC8BFC8AC36CBC235A4CCF22963', 'F09B41E8DF53C499A782977342702467C72DF240');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('ebd7fab0-768b-4e81-933c-600e8c197e12', 'REGISTRATION', '10001_110011', '2026-11-25 10:40:36.304845', '2029-11-24 10:40:36.304845', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:37.084666', NULL, NULL, false, NULL, '16DCDD31493288FBB67EA3EA1388C2EE5645FF8EFE7F39F7939D1672D1F6CFEF', 'E8CE92D449A24021AAAC7838854375CA58D81F3B');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('d9e6e45b-c87f-4b0a-8ca6-924021afff9d', 'REGISTRATION', '10001_110012', '2026-11-25 10:40:37.10339', '2029-11-24 10:40:37.10339', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:39.00655', NULL, NULL, false, NULL, '044CE5FF3C97B025A3DF22B453947897C1CD06B701A65848D748FBE1DE4E6B35', 'BB3772201565D32FCC2F3D02A45C29BEA8768421');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('94dec1eb-9d73-4393-9ad6-05d466f8c806', 'ID_REPO', 'uin', '2026-11-25 10:40:39.032215', '2029-11-24 10:40:39.032215', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:39.989832', NULL, NULL, false, NULL, '8DB22F0B6859F97F7E68BD92A23780638C2DB72C9DD8D25CF2E8B4AAF6FC981C', '26A51241707F553683658DC316FAF4F444B4B25D');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('f732a62a-f3db-425f-9afb-7d68cec30559', 'LIMITED', 'box', '2026-11-25 10:40:40.021983', '2029-11-24 10:40:40.021983', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:44.080626', NULL, NULL, false, NULL, '99B914E06852F89ABB054D4649C1A7364975AFB6B5927ECF342DAAD20CE7743B', '028E2A999E99A681DAEAC1B875840FDCA0E815E3');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('e7906690-4345-4529-8829-190cb847f22f', 'PARTNER', 'p-one', '2026-11-25 09:40:44', '2028-10-25 09:40:44', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:44.40597', NULL, NULL, false, NULL, '3B564361174C627BEFC5C9EA20ECB96F0935F975AF05B3167515600B1189103F', 'DEF7F255E4F4543DF7F172B79FFEFCF56FC9DFAB');
INSERT INTO keymgr.key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, status_code, lang_code, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes, cert_thumbprint, uni_ident) VALUES ('cf805c18-d1b5-4b86-be19-cfbc93dcf45a', 'IDA', 'PUBLIC_KEY', '2026-11-25 09:40:44', '2028-10-25 09:40:44', NULL, NULL, 'SYSTEM', '2026-11-25 10:40:44.4627', NULL, NULL, false, NULL, '3B564361174C627BEFC5C9EA20ECB96F0935F975AF05B3167515600B1189103F', '1940805C09DE89B2B01F8640AEE1812FC154A226');
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('PRE_REGISTRATION', 1095, true, 60, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('REGISTRATION', 1095, true, 60, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('REGISTRATION_PROCESSOR', 1095, true, 60, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('ID_REPO', 1095, true, 60, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('KERNEL', 1095, true, 60, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('ROOT', 2920, true, 1125, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('BASE', 730, true, 30, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('PMS', 1460, true, 395, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('RESIDENT', 1095, true, 60, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('ADMIN_SERVICES', 1095, true, 60, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('DIGITAL_CARD', 1095, true, 60, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('COMPLIANCE_TOOLKIT', 1095, true, 60, 'NA', 'mosipadmin', '2026-11-25 10:39:22.930618', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('INACTIVE', 1095, false, 60, 'NA', 'driver', '2026-11-25 10:39:22.951589', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('LIMITED', 1095, true, 60, 'alice, Bob', 'driver', '2026-11-25 10:39:22.974476', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('SHORT', 20, true, 5, 'NA', 'driver', '2026-11-25 10:39:22.995716', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('NOMASTER', 1095, true, 60, 'NA', 'driver', '2026-11-25 10:39:23.024059', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_policy_def (app_id, key_validity_duration, is_active, pre_expire_days, access_allowed, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('NOACCESS', 1095, true, 60, NULL, 'driver', '2026-11-25 10:39:23.048535', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('ffe08e3b-a51b-4480-ac52-c71fb2e21abd', 'e954b354-5fec-4dee-99aa-99180c790fc4', 'NRo6TFbwGGudWXq3Q3n-r76cSjwUvG9ZBvJBBt5MHvE4SHhQvCjpDyjTkxVG8lhIgFRqkoP6eU1nYltB7hvFxkJqTTUlY0-0M94xQQdSGW27YqTfJV9ZJP3fXlM5adCw1l8BZju5WbSy4YNd_LdlgmX5mAUaB7LOOP8PukEDlKt8JchyNI8df-GD0W3WpAVh3HTm5acd1FNcUdhNNRd3XNdQ81vJVjIp-U7M45QjyGYCLvCmSMp2JkomkRmwUmDg5E6yurx7v2JB6k0f0etpUQfu-vpdQo2ebbogyYKllASBj2-Gaweq_9lrNb1AgzokryUmSAEszA30UDwVuhI0AyNLRVlfU1BMSVRURVIjMez7jYISRD40VasbmTqhOgCX2FUMzx7EfvzCvY7RLXAFhrfKesyFgDruDuVYaG5vlTUVYM5a0Hf9cVTS7dDklM45zd4jS9frj-slZ9fdt-NtejT1CcqY2dmD1DNYumMk0Nbd0is5lt2gXCxOpr9m2BI2g17QK8B_noGqCX-VbEM03ngM_DVv92w7fG95ofR7zDiFq6_VBcvBEqWOYJRL_WFhrtZX1se_pPmQ8NdpcGCsbpGabzkPimEDVwLiwSdh75ZOViL_UGxdKVYEj-qvI8qV2WgRm3arGgrhYZ3ULLSAvS2dTb8FLx5jII-DI9_MPF8gHIr5tbjFyRiwkooAVw-qQyrPQm38tzW9mq5-SLDyBOogXnSVG_HVKU20xm8yYN8Nj_wZdA3ujI3iluBH2pYO2R1_RGvJIrLUOVSUtvGymtZWerkVhXVdE_j9ubYV5metYim8u1MS7Pz2XKr05oQfoNgo_w1yKug_9CT0DKJfkPOjIiQltU5tPssC3UbAquem842IcNaIb--nYT07-y33FpR3iROtWUh4PFq7P4_U_VMauOs3rfbsUvYxhrir54JEVP79sBfDBjCOsq89u9S_ty9alwMQfnrDQhX9sKKQiMQ5rsGmUdGOYq9J8aEhT7eYr9KWPOl0AdnvuWC96z0AzZ91JRFFJ97QY95OXzoR8b9VgoXQE_YBS1yMCfZdwLwjchyfim1zGxajGLEU-On_nguX4MnDqA0BtarI-_4uTBac60WP8tGNfRa62R7vzJx_WD8GDzdkXVCwQspYrlW25n2HEd72lzEGE3XSO5jn5oE457cpTAiaELD1UaK-nwbC90l0iDpe6KE4oUQOMbJg32zHoJAqsYAuierYW9tvWAzb_YisIcbSAl_GctsfkWFD37u6quTf-KK39HKcEnyCTipWiJhTci0jIYLzjMXvn9OG3esrs1ocgwbFBqtxFiQpr0jscqe-k1F_N37c2nHgnQUfT-9NUCp3ePmAJPaZa5Wv_StmraYmykMJvu4Nml7VXnHeafHCAD2FwqDCV2kGS2JvxIuQOpl5IQWyjDVI-fOlzeq7vynBDlQGtA8WnaWEpMangdD8sYoCtl8sSzzC7kz_8MhYreRSAnBgcoqIRKvjm7tBEUZroyKXSEjSn3aEqDgDVllTQRNMHOG7qprXUDyskVQOT30ZCVk3n_jLBYY7ce3NRtaB6cOuGcxMq-K_dnq0BffHSTZMGXK7ZHtgfFCNtMOaGpLcbpkc8tTdfTbSLOEmlcV3JGEk-Xf9UanjkJ8w-zGTTpx9pw0e4U02vjVq5rdk7AkCJF82-gvww5tKkQk0hV8elMKqa90mYUFEtELVnKgAXrqvlM6ilp0zeGQESTSphPGtpkS7MhP3JPT9VmTNcf6RsD1_AXPSyWiojsgfYY1y-6mXauKNWJWBSIa9lt2BxngmPTWr7E7dA3lEDRDEmkN8vCWPhwg5W_QK_FPk0SmkwLIK4CilMDZXRbiwDWzBid1D2b3Ec39ycrwjs6DiIZzz9NEO9plDqncn7GvjoKlLEhugIwqGlGAtDJj5IBlrWTMIEPu1mgj_cUlPYZsd7HrdRTjgMsQ5ubgEksxn1HFLPpZIb77QIynxg9nMl2vzY_Kxb5XNKI6oUAvpxWqiUuq0HeN225seHQ', '-----BEGIN CERTIFICATE-----
MIIDwzCCAqugAwIBAgIIuVsz0EY2GcYwDQYJKoZIhvcNAQELBQAwezELMAkGA1UE
BhMCSU4xCzAJBgNVBAgMAktBMRIwEAYDVQQHDAlCQU5HQUxPUkUxDTALBgNVBAoM
BElJVEIxGjAYBgNVBAsMEU1PU0lQLVRFQ0gtQ0VOVEVSMSAwHgYDVQQDDBd3d3cu
bW9zaXAuaW8gKFJFU0lERU5UKTAeFw0yNjExMjUxMDQwMjhaFw0yOTExMjQxMDQw
MjhaMIGGMQswCQYDVQQGEwJJTjELMAkGA1UECAwCS0ExEjAQBgNVBAcMCUJBTkdB
TE9SRTENMAsGA1UECgwESUlUQjEaMBgGA1UECwwRTU9TSVAtVEVDSC1DRU5URVIx
KzApBgNVBAMMIlJFU0lERU5ULW1wYXJ0bmVyLWRlZmF1bHQtcmVzaWRlbnQwggEi
MA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQC8JiHFw0EuAlS2Sn48Dyp6ciMZ
YeLghZoNwo+wOOwIO0Vxd1r7CyfJy0TpEWonvGxbrCzLnWeN92gWF/KCw5uwo5mf
okdsMbBfeZpTSWreszM01pxuudS9g9RGNdSzgM5aZiLfaOZQDqgQQQCGEF9kZe3D
IaLelTaqBVRRvNZpSq61Kf/kW3A/F+/ykU/VVKyLQ0VAoVyxOBAB2vQYNoi+ntEM
w7ASxyAkw4Z6XBkIPjyRdNpBKisyt8MvDcHLlSysvfyp0LdTCxM8ojFQunaPqbWI
dDaPQYH72mAbuiiS1RYlFKVMNVKlYkAGrP+F0oIlKW1/hUFAvb+bvHkLZf7HAgMB
AAGjPzA9MAwGA1UdEwEB/wQCMAAwHQYDVR0OBBYEFLAXEYu9+lYod85+/coq0ZkZ
Eb3TMA4GA1UdDwEB/wQEAwIFIDANBgkqhkiG9w0BAQsFAAOCAQEAAcv1Jn0bONyT
Td7HIUXhrkZrZsdYpMX6lqtyb+r/juV8JMyI2kcnvJdjWXSot1QeA8xSYz/XqMcH
BXWgJlAYm1nXJh1ozDie5vvBQ033PtBMcPPuZMj37vmpffHy69WfPtoj7/0//25L
HUSzWK02mQAcrQemFH1AvMlHg6JwuS1UyCnaya3VQi68lZ4FBj5Du84pvgo9PP8C
dgB/uk2LRgcM4ZLTD2Gr/n71YsvJSKTUn1mswKY+2o8U4rdPKVKoTQmoo2w2h8I7
DqEL1MgJJKdqKFNec+d067kh+vBJtPWZGOL0iO3oK5782k4ANY00iOxaq0XUhDQ2
QemR4wMNww==
-----END CERTIFICATE-----
', 'SYSTEM', '2026-11-25 10:40:30.390161', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('9439f2b4-ba20-4816-a1c4-e02e67c096f6', 'b49b0d85-1263-493c-8343-c165fd9d15c8', 'xXcCj4svugi0_dlrNNqs-8TGXiOeZUu-odIGIvgOCcF43YAtKFNlvp5RUWW-8Uiiv2AlSWxNRQd24HLmmU-HEamvX3IvgQcQsa5axMtS6w_UJQVTpbx5f1pfhW7jU7FwXwoi4kBonlaIexEyWGa43gt8GyVBxonER1sBGF53tXix08ZIWppBAy1_qzXfUw0QHSLxo0GqxN7EXUngzctrXrLPXaqT7amRB0jFh99uOL336azQAVbkxgNlyNKzag48uUDbQjogwEpMlcuAtAwqU98-BNO4dfvsQNRPtyx--BD37auBB2M2X6dXOAJWDVkqVLW_n7ragIoruOVb2mJnFiNLRVlfU1BMSVRURVIjTFrCeQDT2LRltrUJdxpPZ3cEWSF-5DyY9cMGWmGf1Pl7b98ekuE8DQWzPoRyANAQfwla23ZA7lju8dC5JLCwU-7cUgdqhV7hkYtpt9Vw2eCPwKquJuaW5L-hOy3c-_jYZpBNBFzDM1eloPVPhaNdkAdyT48SdG8eLT9qoY_4LGAtsCtm1ByOUnMIOmyYADInlj3VB2zTzQYrWdD4--TlqnZRUymmvXqMmAaUCVPs1qEsdQ0o2KE4pI_0wmYNdqAFegy775A-Hvl7UVqNMb5rRsYDFP8UVxvfpaHEamftiaPPbEMM1hhzT2ElqCjhO_BDRmS8Lk5mcEIwILvfWuwIjdVKfJksKVLbcm1kFkGXFvVfme6kTZEoOiXLLA4VYWxrK6sXtqrrsvIc8K_DK98tc3VQ5vEYviuc6rf7WPEEbYtKDTqc0CQSOoQ8QDUmTYP19tP_FHMVb3_CazmBn9DRW7iy_5r5dQVgarhuesf5sxiC4okwWCRqGoGIHixjWSNDA1wHXErLxuL0u4lHUri1kVLTFB2nce0BtjO5R-k3bi8_MZ7iFJ-p1QlbdpOnGdSqnBPUXKggCWquSYl93zB6dsX_Xs7noOWE0Sb00APxAW09beR84I3KnExPPiNXPl1ZoXlsfP53naF5PbjcsVaaAK_6WAytRPeDNziOqZ-TjyXjl3R6t2rRUIbl33ZhODoo5XQu5SfS7nfTv8cwZcuT5R4iQND4JJb69vEP2BxNq-Ljq5xO_DLTf7Uzj2S2wtsKY7cHWUw1-sjWOE4gXpZOZhry178h2pOLe306FFe9FFv4GXUAZhZPlC0H-3qqVC8_PohfFFqxpg4QPWXYS9iR724pQR3zpM89IxIYDsQLq2RDAZwahZHgtdpH_HzIjSpiLUk4j5st6XPlFYmz4-jQEikfa5JgAryqbuVTZ00cfAUZ80RxukHLDBacKMRslvWx0WhyigXJ1Nj5IJPYVS7Menxe8OHyR2serCyzPAVPf_5ixeqTWlHR_bQLn28oVtHG7GVbQYuK2aO8wRo5PvD-tB-g98onYvNRiZJGtfiBeTGmrMVdkEbG-19jHFgvgbgpcxoCcACPu4OrHsPqUyOgYROmMnvHEwaJfwk62tra77aawx3EEkM98spG6ia1H1YFDnq6MPkwonBYmlKC502-DKWw4HfOmnLg-VWzqOi05QkveBwusqa2bm07IaxleQutH2zuUVoft8Pgynl_x4vvX5sX2FdU9JD_V9voij4Mz9gM9av_gS0FmscNrKVL5ueX11e8e_Qxid7toFB2TskuLShIoFIIq2qx1K40wIJiqcPo53u84lZKHX02-1gEE0Y979u0AKaOgHWXHzy-wA51t2ZrnOwxmzPzdi62ftqyl_SzOfDP36m9RA-A-VkawwUSJPswcxPtjoz7qaj2Usv3BmgHkQ7YTlCXIEgRobPBDcNu6zFDyY2Na9bW0drSjtRK4yVgIK-5sYyeDfSZiPKsNC-F7EpgJPhZn0UyChC-qYHgGsUUnd_-GXrOBLFpmYr7_ZW_21hLdSK9HTi3vRpUTDJLmvzeLooSBKHQeExBizIfgiGgnk6V_HJfxzR3enYn34Hh8hYSq_9J_PSR96t_UaiyT7F8QK8LujHK1Z1XZYnP_QQE7Yr7r13wmYf7iX40Bg', '-----BEGIN CERTIFICATE-----
MIIDxjCCAq6gAwIBAgIIlmvxLImu1qcwDQYJKoZIhvcNAQELBQAwgYUxCzAJBgNV
BAYTAklOMQswCQYDVQQIDAJLQTESMBAGA1UEBwwJQkFOR0FMT1JFMQ0wCwYDVQQK
DARJSVRCMRowGAYDVQQLDBFNT1NJUC1URUNILUNFTlRFUjEqMCgGA1UEAwwhd3d3
Lm1vc2lwLmlvIChDT01QTElBTkNFX1RPT0xLSVQpMB4XDTI2MTEyNTEwNDAzMFoX
DTI5MTEyNDEwNDAzMFowfzELMAkGA1UEBhMCSU4xCzAJBgNVBAgMAktBMRIwEAYD
VQQHDAlCQU5HQUxPUkUxDTALBgNVBAoMBElJVEIxGjAYBgNVBAsMEU1PU0lQLVRF
Q0gtQ0VOVEVSMSQwIgYDVQQDDBtDT01QTElBTkNFX1RPT0xLSVQtQ09NUC1GSVIw
ggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCiE50VZKWz46juUluFXI4o
tlckbyUfk3Yio4UYqIXal8dwDxvNY1jbaaRXVubEr2sFdlkJ1rNi9OBkeOHes7BF
5zDu4Ppc+YyCpPQfj8TqDv0rQSm6+5e4RTt25bvqUf/6DDZVLfvhtidnKokLdQnA
QLDdLBEi1I9jAVTpf2NvL06fs+5uadDLatDWEVc2JNk7MPEBl1u3yqY3rxJ2LKeJ
jLnjdTRIMfO9EFKVFg9oB6gatBEFzPLFgZq+sQnjl+DvV3Y0ouyahHBYnhyqR2SM
ef7ekSumSOSdKD+x4omyUARzmTmXCuy3hab4vswYF7qwHI5RfVVslKo9Pl/FB581
AgMBAAGjPzA9MAwGA1UdEwEB/wQCMAAwHQYDVR0OBBYEFCa+Jc61ymO7OeSeBG+g
ftvA9jd/MA4GA1UdDwEB/wQEAwIFIDANBgkqhkiG9w0BAQsFAAOCAQEAtYsc/cmX
/8z7IGTHKwTpJ/+JjMphagmGG7BcONAiRmy93ab1mnssLAjGl2svtLZrYHpYW4i/
ViDS7kkt7dcahivWlFPvkq4c5PGX41H8THe56lAu2NFKdd3nw/SmW5DodXkW/iut
WYDvSloW9BSXFMRG/k8B5lR5hbxKOqOxcPIwHGQL/qiYZLR8G8b3hdOPZAFISsvS
RiCO6dQLHXrreOR0ONBA3u6pGJxEZrrbRqnHb5BbJ7R9YLGQazIbw8CMNIE3ncG+
WBbMnzn2sw1itivkLIqwv0ezZmdm7KJaOe/84Q4e+yDHP+4vyPgdkdyEd/CHsQTg
X604QfzErZyBwQ==
-----END CERTIFICATE-----
', 'SYSTEM', '2026-11-25 10:40:32.78909', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('047273f8-5da9-4599-9467-902fa2bdaa7f', 'e88279c7-c756-4dbb-b065-a142e715cfa3', 'ntpHhBP4bT1xGRq8PnvghYQeqXoVDxD0g1qJ-JRwf5ppXSfq5G6fPAOrNhd0NQQfZ0YZDkUBqOkBzuJxRmdUzTzisPBr8o92S8w4CX0EBHiy4AWe1IgAwAch5ee2weAdxnMard4sWB-WAUQxvMc4DLfP5nnTTWEabBkj4SSB4yKkHNmBlBISNcYh-a67f8O_KXyBDuHTbL9FE2qbvP3g8KxvRVhS4bqTQwgf0pFeWu--CEG2covq6YhdJNEaji0_TUU0CKi_cbVyHYKdE1l-qjEzP_O4DY1z9Em4kX2bxnPrJvw8_KSt37AfmaVYz4ergR1rzNkO1yf8ipokL4xrEyNLRVlfU1BMSVRURVIjwVwI_9fVaMHEQSO8W7rPv0jHrfc5MltoycpVIBenkX_1O22xbr1u9L5CzbBAc82M6qiNHb-q_z4kCs0rckBSrexxwREBCFzzRK75TY4lOXOPrjKLQ-RlL16ZmcMTcw3Gu1POW5UVj11jg8Tp3TsxlkPUGQ', '-----BEGIN CERTIFICATE-----
MIICuTCCAaGgAwIBAgIIDixdH3JBzK8wDQYJKoZIhvcNAQELBQAwejELMAkGA1UE
BhMCSU4xCzAJBgNVBAgMAktBMRIwEAYDVQQHDAlCQU5HQUxPUkUxDTALBgNVBAoM
BElJVEIxGjAYBgNVBAsMEU1PU0lQLVRFQ0gtQ0VOVEVSMR8wHQYDVQQDDBZ3d3cu
bW9zaXAuaW8gKElEX1JFUE8pMB4XDTI2MTEyNTEwNDAzNVoXDTI5MTEyNDEwNDAz
NVoweDELMAkGA1UEBhMCSU4xCzAJBgNVBAgMAktBMRIwEAYDVQQHDAlCQU5HQUxP
UkUxDTALBgNVBAoMBElJVEIxGjAYBgNVBAsMEU1PU0lQLVRFQ0gtQ0VOVEVSMR0w
GwYDVQQDDBRJRF9SRVBPLUVEMjU1MTlfU0lHTjAqMAUGAytlcAMhAEjJwDlgKkPn
LyROJOgYf2EqBFG6Nmlvyd9ijUtV7Dh1oz8wPTAMBgNVHRMBAf8EAjAAMB0GA1Ud
DgQWBBROdTQpzRDuzed/5L6X5cgPdn98BzAOBgNVHQ8BAf8EBAMCBSAwDQYJKoZI
hvcNAQELBQADggEBAF2QKaV/6iLvGHCPAHQLYpNHUDt3rAycr89LuPl6KhsV+BUE
5426Dqk8OzskONl/87Rnpq8iu5UXQymYii7ZyXYHYL0VCaj+a6Zk5QcNnBZBgkYS
ycv4dFJGndZEZE+svpQjj+99b+eTWi/18dabnaatyjft1paXyxu2G364uY5LoAUu
SizbLJ58v4PjgfUAqn6+YkGLEHyV94K4quy8d9ZgTlMz0BVihjy4OjzsPpJOY0/+
yUVDxp/EntIaAHAJPCIOkoabkQv3TQbliYjEeJSbGnYwVEotgL6OLMo28yEsb3YT
aD5M9cOzPI5t+Eb5HvWDumhwxn2/XFxfZqxuhzo=
-----END CERTIFICATE-----
', 'SYSTEM', '2026-11-25 10:40:36.256453', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('ebd7fab0-768b-4e81-933c-600e8c197e12', '3dac2eb8-1819-4fb9-ae86-5b1ec40724c1', 'fI3yqVR8_Xc-bHrZVrnaDADK2qKjuDIZ5gUNu6pg6H6swRryVcNxSW8sUxZ17Mxe5XrEor1LfbtsAVvaUzWriRZol8PdrYuHy3WD4T8-ddKupFeNm6PyNq0-btkItZYmGkc_QSPEwlsP30mJ8W6m6W6KEwX2qhAGW7b67zUIN2wnETjzykj41Rw5AYnu226GktPH6c9_iWScdI7gHOnj8obPXWe6uADK9L8389nclUErdhjQY7uLTBFk0QnrIj4W4FqLkCAlYFuohRZBk6k-_IwePMTOLla__vz007cmDdG_0a2ILGxjPpfsV2Cj0K19czM9vC4aOFkyZJKgx-OM7yNLRVlfU1BMSVRURVIjXO1zUJNgcZ-3p2HWF2SN6T3gnl4Pcr0qLKAdp8j_R36veWkFGJxE2JTTZpWr_3xPhdcraD8i4npZDddX_kxpi_lpDBXY_xlPM9e_k5DE78N8A0VYGldpXWEc0H1jiol3MAIE6wtl3l7ig58yFDUpDDhg4YY6JsQVmgSjQ95KnZbFbjHP_-Zdy4YDVEZ18h-oVkpO2rHvEDvpDL9h8fkhDcV7J8PMDyneFEUFRpfhhsf6t_U72TrstZOIn1HtmNilFyxbD1uqwdc24yIVMaNowF6hWejVHueYHOICqZDMBCpmkoBd72vVosFZY52zwgbZ4kUrXhPJu6k1kfmSPov0nLYkUCsDYc2YI_gNf2TQIZhFb6FuPRj88oEZ5QF_G8skD6-nI7htCLgak2Imzb-R7W24ECZNWuDp0cCkUTJwVRjgGzgEq6_W7shNEjEzcs2ZqhXQ0gMI70n4bNZRZ9P4l1xtSCPTK-ZorIq5gMS8_xW980hV3Xpxe_1gVQ3jmrMbvIEnhL6ouTYLCka2NfbUViysm_shYH7hq-K1gkcR_DGJoTDhyMT2hv_0whNPzhicFa74q-r7U03M45sUOUOfFhuzOdU8zbIy6bKG4otCkWXnEslR8uA3i6jY7dSPF9WwSn6GzNwWi-kDb4utqQzQ7m2mBpjwuLgL5968OMGXDVU-fsOTzzsHWo3bx7JHoNupBJeO-8P-7F2Dg2LoIXk2pclbxEt4bM8g2ZEvOWTjBiLJ_YWkIfr4Vuj9XYjIYprZvnKdu5rp991EyaLrhhDVQcPr9vQ6gfpHri8f3x_y24prebkrEQWiuOx445P_EHZIrqvHR1tHvC4t41rQN02HwcHKQk9TIloQGUCmJnjuo9-o-82ht4Kyyoscpc0gi70l8Rsog3AVlXleaeLl7G_sTH5wynirZansPrTNT0JbYcGFwaz9_nlPA8ViLL0NWw8iomtN1qmM9TgHjkEoUORBBLGB6fIdaVLdwpUc5w1A2LiYI0hSUm67geAYQPszdH2AqpGFENSMiP9LY6jC211pXov3KJ3rN1I4eEW_7OalTu6vxuqqLfNwZSK9gcWS1mlC-fCT7LjGIIGsUOSF1kXC9QNsTJBLATNN7HS5dw6uZ6qFNU0ptaeaDjk1xkwicu2TavOWuJOKaXbrORkVYcm3XUL08rM4rbZsQD3vd5Kgk7wsjMQOFmWzHnUETaoUqCR062yz5nrteE4TW5vbrgz0DcttJ_L5Pyv57V5RMZor3XBhhw-KNOcX0p3_OaxKAQXgtVP0-bCO02HcnmXLBDSfSTdztHvr0t1cGvpWip1dCd-DvxApd1abagSi5671KhSfrLUzWvsUeWln_Y-tCwUXnj9t7XfcGRMvdKu_lp9eXFuxG20AFKiRDuoWA3x64qqKOpJdpGnfzsC2fi5jFNPUg4WTSEf-MYC8NTsOj7fUtUPaZ7LtqsaSp8NPQ3n7kwysi7Tg0ES7xk0Ka2J1SJgV5lFXpNz44hjFOfYDoCKY9CMyLg8iINpLWHqgfzAQXt2v7xQmYxWHLYGSpKGdgxOe92GiKv3JOzzYxOx6T0D0KLgtKknmzTqazvEhR1LrMvkkcB7UrT4qvYUm1B2z8zBTRlDFzNnwHwaDu5-2bubl7QwrtfzljFAiqR7Gtq6qrEmrdA', '-----BEGIN CERTIFICATE-----
MIIDvTCCAqWgAwIBAgIIHWUKOEFIUtAwDQYJKoZIhvcNAQELBQAwfzELMAkGA1UE
BhMCSU4xCzAJBgNVBAgMAktBMRIwEAYDVQQHDAlCQU5HQUxPUkUxDTALBgNVBAoM
BElJVEIxGjAYBgNVBAsMEU1PU0lQLVRFQ0gtQ0VOVEVSMSQwIgYDVQQDDBt3d3cu
bW9zaXAuaW8gKFJFR0lTVFJBVElPTikwHhcNMjYxMTI1MTA0MDM2WhcNMjkxMTI0
MTA0MDM2WjB9MQswCQYDVQQGEwJJTjELMAkGA1UECAwCS0ExEjAQBgNVBAcMCUJB
TkdBTE9SRTENMAsGA1UECgwESUlUQjEaMBgGA1UECwwRTU9TSVAtVEVDSC1DRU5U
RVIxIjAgBgNVBAMMGVJFR0lTVFJBVElPTi0xMDAwMV8xMTAwMTEwggEiMA0GCSqG
SIb3DQEBAQUAA4IBDwAwggEKAoIBAQDZJYVozCkssmG3cOV45v/lV0L3+KCtsyjM
lAOsq+5e9W2JzKusYgAjPLzCalG2URyu3KVX9o+264gekqa7SdIH02G4RGf127Nf
GUTBEiFg1aWkvKNPM4ZG97QTQ/PiW5+rsoBGjJpyb7q6CuFYzLzcjlwZ0+eQemG7
o7msSEjEzY/cddfx3AquHyhUHu7HdWVGjrK1iPtS52qH44KKPlTUFjn81NMutaT9
IMCexutWq9Lqu0ivJYgRvw3bbQmLyttsp1E0b6srG2gOivKcIC+zgHJ+C5emyL7c
+0xPFtWd9QYb5PWO2S0fLLYwuD/PzcjTS07SsoJXldSRN6KJProHAgMBAAGjPzA9
MAwGA1UdEwEB/wQCMAAwHQYDVR0OBBYEFIfSccumTST9TBCQ5yaaKcocOyxXMA4G
A1UdDwEB/wQEAwIFIDANBgkqhkiG9w0BAQsFAAOCAQEAVoyzefYiQjDpdMCz44vW
aBCDs4mxhzlxtGGFAlS83+Zapl5cS2vTBSCpJ6sayMdXrBcndJ0jbvXaElDUVw2T
n0nZKj8dNUxkalQXtyWyr/eDtxy/ZuYUvAJicr74qvdboRuPMDjT9Vez4E7cHs6c
OO2zMLmOlAS88mTTC7FJpedml1tdH/+kXdKVDP6gl2CobYgJyX9kgfy5T+B8QLW5
FKp+yMi/lPIVQ2KoIPauSEMEQ92tnuFvjw/MPPMYZwgtz1DjN0Lt6h7agEEBRhQW
Fg7hp+iXbVCBS9fuHgfKPQMVDL4T/AHzaBq7IHORhMuK0M3iq/PMJxGyh0MZ+uBF
JQ==
-----END CERTIFICATE-----
', 'SYSTEM', '2026-11-25 10:40:37.07954', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('d9e6e45b-c87f-4b0a-8ca6-924021afff9d', '3dac2eb8-1819-4fb9-ae86-5b1ec40724c1', 'mG0CdRoPTamcGqYmFEi_x96YBUjFMeAgflPqlmoCaeRlCv0sgxyFBy_ulCaWB_H0QOk0-H8-L3PdMP1TDA-ZQWKQNvNPIPoV82r2Hxajj3HIH8mwVl753XN2q4fRy9gQEKZD5Ns77zz8HS3aPOJBqyVq63xLcpLYV8X7Z2yv_xhgQ8SmhcfH63uYkTPBtcvejzb0FusfkhBGLKLu8zpQcF0FF9UVFUhKR4xY5j61721JdtEaZu1-0jIhSig_zcWS7oPYjRDbu1hHCW7uTg0Xv7JJmU4nlMIl66g8vXOC6BBRUdrp-EohK9aIQ4Vc4Gjk7wI6bd4fR_ArW0MXd79OaSNLRVlfU1BMSVRURVIj1coMStJF6DMMfZNnyUm8McAVA_eaqhwj0-mvXK_7I5GubXDwHBRcBG0t1cstSNeh1Dws_z7MY1oPCN6D9CcqdSIYePuOzMfLKig8WD2a2U2rO5usLoGS8pA3Mrjd91oBpMZu7RCc4QoEfzhJ9XPeyDFj36jvdEXr6E923EQVGRYCkoXAro_88RJrJRmhITFQK8awVsNrtktXywjZ4dptHkhGt6DQYLj3Zc1yic30iAkAjkeIEJIDShCsShCNyuZW-y6lWWhypxl-2bLBIXdfu8ix58s4jK-SPiNbf5XIQsQIXPqxstBBQGbg_tSkm_0DwdpEaGORrzvxv8_ihO09W0w9w1B5OjX5bbPrmlFGpAtoQIk5yQ3TIlsfTAX7RwZ8sC5NwMWta3M5_pN7u3rJ4YxPds0C-CUGB_N7BHpWihtVDfSxNoWZRDrXmZhvgaRBk3NlaFzrhU8Mh_yPE-LCoZyTp3a5rbEz641G4lmMigk31h3-hbrIBXgDP8qxoEGn51G--R6SAi3npk0OWQtILsGvK6yMMMiJl0AVxLpiWi4zSzDeJUUzrlq0Wiuue7Juj5vHk_R-XHwATSSpqE6xufEkJZ2YBMStwIVzy8TCqh8SN9IaBLXWFm-OiYTwKZrnUSvYFMIXFShKLFTPTnZr3-_UyTvvGi1E1AR51ljhyDFz49BVN_ar-23fgXiGfv1Co6mqv6Hv1VfRrDEgjDwcWR2M_BsaOY_Dmx9HSiGmJwgoNMdK1TcK1vHWB3seqN1XABRXG6xiOSMeib04lR11TfSKX4adKtQwIav-Xk4Z6wpLY2wJC2PauaOEg5oYMrzVws8KBWhoTDH8Yvxl3XzQZWCBPo9MpVOTQw6sw5NKxEphkwLD8GDm3TwOAWoW8FV7IJqGSbZWjlLBZIwS3ja5U8e-dp40TgBAXbeTve9DpE_fhN4SBOC9B2X6vuyRQAPVg8OFZqlq3zT_fQBp73uEUmM0vPNmctOeFQYaA9Cs67btsve__kN6GbJutOLGrkPyspKBHPElElNJKP2WBoWMl6_8tV1vdfoW056yfWucliFAik3iA_U0Mhx0MVOoUu1R8MaJiAiICQO-nlhl9ogZECOe4hQG3dIlIf-DvsB2zeyiOC6Y5_iU1i7-TWJGaQqnNiYvjbNQIOnm8PgL2R9Z3y94PgAxDrHM9BVwMLxybo9kQ-m2EkY_L819rVyfewvaRrkbBadGo0glIO52-CG-m_fXWBHUThDLsq1KIrUlbXza8c9TpTAUFhZff5fD4Iq3Dwr69u0Q8ZLhi_eYKpPofG-3zoO3SBYN7PgNk02Xv7jaKYIM3bkM9BGczhqNjvFp0R8Bwk01MXos9nkJoxELXkqU_I2xomc_L2Xpkmsx9CrObyQu-i_eXxEY6bxNjC11l7Kw5u_WpyufuOxo2zaiRl9eNr35oTgfP-zhOmhmJbK5uvzt9FBWM5Mc7KI3BpIDaN8Xg4h3kA_Kw48Qm6WDoQCI4gsSK3kQgDEPYvx5tbi9LSS4ayIhLDuWvnHRDci3qZopw2ETsRGwUM0fRNM5oPvpwoz2XOxh1mIJWY6Dnn35S_sztNRicsWk9RdwFObjF93_-_dc3RCwZpcBSt9cHFau9mLXju1qDX-oCl4qoftqxz1lc56ssK6Rr-HooGLnkQ', '-----BEGIN CERTIFICATE-----
MIIDvTCCAqWgAwIBAgIIMjnksEt1SLUwDQYJKoZIhvcNAQELBQAwfzELMAkGA1UE
BhMCSU4xCzAJBgNVBAgMAktBMRIwEAYDVQQHDAlCQU5HQUxPUkUxDTALBgNVBAoM
BElJVEIxGjAYBgNVBAsMEU1PU0lQLVRFQ0gtQ0VOVEVSMSQwIgYDVQQDDBt3d3cu
bW9zaXAuaW8gKFJFR0lTVFJBVElPTikwHhcNMjYxMTI1MTA0MDM3WhcNMjkxMTI0
MTA0MDM3WjB9MQswCQYDVQQGEwJJTjELMAkGA1UECAwCS0ExEjAQBgNVBAcMCUJB
TkdBTE9SRTENMAsGA1UECgwESUlUQjEaMBgGA1UECwwRTU9TSVAtVEVDSC1DRU5U
RVIxIjAgBgNVBAMMGVJFR0lTVFJBVElPTi0xMDAwMV8xMTAwMTIwggEiMA0GCSqG
SIb3DQEBAQUAA4IBDwAwggEKAoIBAQCvoxUWebf/9jjm/D5ZVNEEgS4yZhOCGqAn
QstkaSv+w1T6sGT205vQ+CED/KVUYYxxRYWNf64lk36jI4oB9TvjQ2s2DRnsJgkL
IZzw4TtLKXBFvVoi6H+t/k8ixw7Km/tszgq5OHZTHUEfvGd3Tfe+UCcJJkhKAJoX
49DeRB2MPpumktHq2WuSSSjZC1vD8YuvPzq0tmEonk0kZvVlyYNz0jCO1Y9Ok672
RR09+e+a0LoXMen12MyJlLkWi976eAPk1x01PMWho9VxLZ6yScqU0MuSYv4sk93v
T/FHhGcgdro2dMh9Iifh1t34gOUcEvVYd0/NE3xFRaTfwATQ2EYbAgMBAAGjPzA9
MAwGA1UdEwEB/wQCMAAwHQYDVR0OBBYEFMhftAnkrFYh+IlPRry3v6X3dy1pMA4G
A1UdDwEB/wQEAwIFIDANBgkqhkiG9w0BAQsFAAOCAQEABUlOdxbnAEpPIToE/yyz
8VsbL2/wtdWq1PcOC81E3Mxbp1cw/bEYjUwzzl3G4Pa4BLoO+2MtS2iLjfbzg1PH
3/W2p+vgl3Bn8h59pJkLovNiU3DWv/KEHp02J9b2CpbYnY1tO5Qx5ugFOJugBp/G
8fb2EMFz+JMWPBAOm/3tCW2da3iIDtWtkXE3gg0Z002ZlhnsiTeh7ns2o6MMn1Tr
VwnAFH/3RJQBLMZ1Gpbwstbm9VjwaH+3dRxQVVAWgHid5EsU9rQkqfPWtF6va5s3
yHxbAGFFW7BR0vm6wwhetlnJ+CSJ3XaAu7jQX+hrBmJONYW1QIW4rP018N0X0adC
rg==
-----END CERTIFICATE-----
', 'SYSTEM', '2026-11-25 10:40:39.002164', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('94dec1eb-9d73-4393-9ad6-05d466f8c806', 'e88279c7-c756-4dbb-b065-a142e715cfa3', 'cTR0BhyoNzkqR7h04Se7icwf1yoM7xQTUzBxNZPpJ03HFycfs-9tBLvAfsaJeDbhja2eUsru5OG873HCoHEcrBGh8598G5fyiY4LdJbyKLJ6fkPPaImJ-7IKQo6w20f9IFESbHfsqNyQJeWGp_Bsd5_9MRL5AeDaeFnkhN3IV-PzD9ADnxFIwa_aKUGhY4MrulBdieuUvX5ACCD9Q8cVjugmm0K4oovK7rb50G8t_vrMqj3p8dIPBEtAm48k5zjoRa2jPQB3S4haXbkevqu08P7TNCohh9T0sZKSodb6U2BMgyCZL0xwu7cwl1ajPpWqo8L-8B7CHhxhj47bm5HBMyNLRVlfU1BMSVRURVIj2bsFnDxpm4w90IeLF5LbKyZGE7RBp49MNzEY9YXVskb2P6tn0HC9Auxn1M9sua1lJNnrneLZTLkzJIIGbWAuj0P2B36vuJhrV_pGztoS-FZYL7jF7pXUp5Ggvw18hbDLMGaLkBwVRrcqCYQM8AzN_vURtxGb7qDDtCo1DhjRaVsMFsuQXyeYjx0zfO1W7FnZQzRRJHFWMv4l1dOea1G1L7wCv47J8yxSED2nTN5szKnqUYum_LqqBTrPPY0BBXOt2yUM6Vm8Q7E1FwjcrweJozKrlwV0KP3V7nATN2DRI8Me8DuKxWPEVxdhjFHQk_Hg-MlfpqPSOWoeEQutl4LMuAjpH73ajwYWaYfjjCXRFinFzF_79MwyD6oYdaB7YHMvzWAb-ARWPvkIxueFvr7EC8_cllz73iaMoHZaV-7pJ-PrJvA1LAyWzT-fS8rI-3Pu5-C_z7of3O8NPq4Hxl7zCKby6Hsx9y0FUVJRe35DKHaRnhzQsYOeTgBWhjj5VBGu4g0bOsJVw_M8ct1Byr1Agx1Cy7nx_epYMr2O4DCMr_I4epnlY60cQQFttYLldC50oTtKwOLXCq4qNtWsZo2e57H0wMJIiLeKgQLD0fgPdAH4rvHuxIGSXVsY3wPjDMpDZ1XVKj_p35-0pSbTOjJn5RglUHbeJ5Iu5_hLMxZl9QJE9gABqe1QFlmDEUQCMa4UQGo5cALCE-uO715QINJMgsx4Vdb0QDWRnZedZcVifUmLiIblGUr3wyuVmsk65pCNJD-SqLcv2HP4yLGnTlIr10f-bSMVRQ-op-BPFnPLAGSQbN4PVoB82OgcjrOAomuxJ8Re_RjAVfXCLj0aL8BiNFoSwe211auLDf1W9ee1YKgvv3CKG6jIm4dHNaYi1cLBH-nWWKitE-MBnwMC5jb6fdmJR2lOs5wEETJozF8c5xlg6BmhFvHHLwpqSN6Q4Ah-aM7AJ9ilza32bn9hNpevIMGerMXPQOukIZ1oRrqd9WtrRVLL5aaty7VWms6FW03dfer8zNmtssyAU_y4nh3ywTSPviKnYhqEDLTepy-iRTfwEGHmqaPHUIchRbF8c7Iq9XF7ocRaUF5_V0tMTDVsc8aAJb-DNZCMrlk63q-RYS4o8yOkem0z0tsMehlOoiM73Iv6kLofiJUx5gTwnEX8HMhUADXOZDNhjfze4wVCT5pPNYfwvPqx7qHXawzrOK_vghi6ITjxMroi9rK-Lu-GwMO4cojL-s17fPOYsxYyn6eFCkE_quYmc_IXXd_NiwPGXMhjr9ClD2VNuKITbHBgsaFP-ygeu4aBbvK8d_o5mn7exHCoqoM17NNQ2FfJcNLmI_sp5LNMIbvWQfOq8MH_LIoysDva3XRc7v2XZH4mqeyrioExhK65pvIUtVGkX94fGiOn9gCPGBVKdisNg7mVTZE0wnhlxY7UdeKZ2OQX61C-WWtBcmTmV7KFuQ2j5g3Zz2PF4tz6AcPpeYJRUXPSbwGiI-uK8t3keRyelhQIUbBMoU-J2IbhrZRTnzQKY3bsUrR3YJ41z2UxqS6_YZx98H89JNWv-NMWE_tRAMIIvlFRFHhQgfCHw_yIkzsxnA-AiGzk-eYdDPOlckyfqNCLexTGlG2CF6F3qD27ZR0snDeRuHgnVOWkgmyfPhxrrmRNWg', '-----BEGIN CERTIFICATE-----
MIIDqjCCApKgAwIBAgIIq2q9MB9EsXcwDQYJKoZIhvcNAQELBQAwejELMAkGA1UE
BhMCSU4xCzAJBgNVBAgMAktBMRIwEAYDVQQHDAlCQU5HQUxPUkUxDTALBgNVBAoM
BElJVEIxGjAYBgNVBAsMEU1PU0lQLVRFQ0gtQ0VOVEVSMR8wHQYDVQQDDBZ3d3cu
bW9zaXAuaW8gKElEX1JFUE8pMB4XDTI2MTEyNTEwNDAzOVoXDTI5MTEyNDEwNDAz
OVowbzELMAkGA1UEBhMCSU4xCzAJBgNVBAgMAktBMRIwEAYDVQQHDAlCQU5HQUxP
UkUxDTALBgNVBAoMBElJVEIxGjAYBgNVBAsMEU1PU0lQLVRFQ0gtQ0VOVEVSMRQw
EgYDVQQDDAtJRF9SRVBPLXVpbjCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoC
ggEBANVzfGP/P7FNSMdYM3eGnSdPJJfgy2P7e/Hf8peJKEaNiL4Z1AE6xyG2znUk
zrRvg+eSkrejSG8fwNGYoNrJR/mpLL0S0NnzDActUUYiCsTke7HRNOdH/w83t8Wa
RLzgbK9kCvBXiut47jsKMRmbHt+v5MkmPjhuZbTBcL3tVWABWE7Zk1I/4jYVYwEi
JnJVk8cv1l2YQ/ZEwuiJ0mHZKEfGYaU+8pOLm6Zo7fyMqLMheiSRCC+55BWzKRHO
DzZjT6dimcNntQXs4uVeTR52SbeIN7QmIykwQPO9evzTHtfhZRHwL7M+sDuj6s+u
7z876YIxlm5XU8FFOWCzR22AYm8CAwEAAaM/MD0wDAYDVR0TAQH/BAIwADAdBgNV
HQ4EFgQUU9uE3k/rKL293gIxVFdVgMQ/3VswDgYDVR0PAQH/BAQDAgUgMA0GCSqG
SIb3DQEBCwUAA4IBAQCWeswNcoszJxLI8ErzzdGNC4E8Y4KL/kvZpuWxR2Hyrt+4
3z4x2dXtLVsL4LorirAnj6VshSpioQ7AmdPjoV4Rk9ypauIvZHGUilgmGh8Nzc5a
HMijQ81YxA3gjyPfucdj9bfZo03r+2DPtGY7sPX8J23Lv190RhsKYMYiYkMto81Y
SSwSd53HmeWEbEOki++GRi3mTM+icofzswwLLtWHg1vcUECHZL3juuBkq1RtY0Be
a+AwkuSyJBNtA2E3g0NQeSlZQZEcei4ORT2qIHnC8TyI0nU+MU+5OBbz3dd3OXgs
yHZrzigsh3SELc01lCO1CjCZ2fvQKl68Cy4b8pIQ
-----END CERTIFICATE-----
', 'SYSTEM', '2026-11-25 10:40:39.98118', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('f732a62a-f3db-425f-9afb-7d68cec30559', 'd1d841f8-199c-4731-9b90-dbccca330e0f', 'Mkg03XL1J6zNgsY2dme8_xCYh_Pmn1_zlZ3fF3Y3ySNpt4NKI-O3-8N4UuB8UGmBzmNKwQ_1hsExn7DNA6VnQPBg9tm4MYbTWDB_L8Hm96VTBNeIfW94xSnybdKj-ZpNKm-9QJHXIbNQeZjPuCS3k-CZKeiq_aV2Y9WTKD53tMCLPgXfqQTbDrnwyw1mcDwB9RMMuh-JJ4efhsdFu6Ly5W_E6BhUemMjx70BltUyJju2Q1SAyUOBdP2K-6sF5FBnm_DgT5mQs4UxOj7ujKHvdr_P3h8H6dbvDNzRKIg3WeYy5qhbC_SVflnfiP7RFHOvYVX4am5siUjkvNg_uox5hiNLRVlfU1BMSVRURVIjR0INlJXRY6FcXRYz0adbmU9pSSc4N8Dm4wXBnq2Np9IZXtZSgNsmfUIKSUQmgKi_gfKs1w2UqpMibA4m2V-_4Po8thcW83j5hc5fIsR22NFKrcSLRoazqRRgkA2RK2-KuUuzv2pNumyl_lRgK2n_mVtVKfd_hYcdAzlYJ0PF6B37PcYK4pGceyj3Ye8FFS_8JL0qqD46OdW5PsxE7gfSF18RJGNmkeE1DHNKhgefrHAXkWcuwWcnW4bBJaIORlO57_KhbIcF051zqICNbOmLvAvlqO5TsfZG0Y9pCrxSjMoSmsXL2ih5OifaTucMpsg2ATRTVV2T8t_EU-yOwCKhchM-nSbO446fUPU_D88M5sRhQGhhwWkJWNaoxI6-517G0u4Hyhk5Oj1ugLTVdWX7Axa0mY-SZceEYvb3AYWrZhNIjHjFLpBm6MITKl_3BWu5YWVaak8SUEYEGooo3IyScKSYuZjYtguxQMCW-yBiixGTR5II-twuJljRuUvx0WOyO0ogiuFAP7IuZM_2ECSIod08YRK9M7e35f31buxRwSxGee6qKrin-6okTj9LwicHJ6ieuaAIn-I0lFVd0LQS4u1N9oVwDg8C1Cq3qTRnbPG-EwPNtLwV9veNbZeTN00KtR3bc5HTBQt60vS80qvoI0txVl-CCWrEWXp_jzokSo8bCQ_CvLdO74Upr7_Sm8K-eYM1a5fLCwu-TtKHxdEL-IfQb2ubir7Ip02Z6vQs6YbGGwHJWbDnVMId01Lx2LjTH488NvyF5UwEMKsNPy4yKuoR5Qj1i8Vl2clj1z0_LxMvkbYvoySptrysLIAuh9Bb-9au_2kyRkFvDDo1KSse8ELgYV-sC9FBCKZbkgyXi4bQWA1vs2YNO_9FZUnv4nhL_0I-j7ecVeI00fZAVc2VmE5gtC2KH4WO9ax4ibM4wIY7Pcd_GZvYz9ktZQfZEgsq7ZaijpMQ_S3ZK7JiIHmDZlKD3v1ohEaqODsa4Zzbf4ru4ZjYLktFWvQDPd3gSy95FNacqE-m1R1PTWsMcLYh-KGVYpnEKmCPEhV8jStpt6sN4FkLfDczI8it6h_uex1Qg6sxdK1L3LoU1PIk8b2j3a2hwanTLMKoHHM1nFwDTBA25Z-IOEeJGrAnxIJdMUaN9uha4bsnvypaX9DWGLkShDoObXjsN_XucA3Tg22DL9eoAl8f4QNJLBNGD0kduOJLcMNTYEjREkdmtUOuz1LSaNUk3sbSOmPNuzC7ZEJCW3tQgmS1KZXNZteOWCTBWapPHYthud3Ag5tMnZjQoeqOCZc29xqnZbuIv9gFlqXli3T2lcRJuQ-rNJHklDKizSSnx3fumYbJGPolLujS32HHC7N3wVuNAt8TaLLF4WwIQcQtOEacBQVKBxuLr4A-zDM1ER3LGwD1dTr-acz53ANC-StCPkY6CcfrS7OyKuuwiHy93_g0b_4jPRAVmjOOTjSAUz_FRNn_7qeFxxQmudqHSctPlKOkLbqGP0oDnsC9f-Sc_vZnt9oSL37bRQsV3TGtkSGqGq_LuDjABShRRyelqz4P0BRIVIn8jST0FV-bzbUI9qFbcYYkzyRzrYGNktJV8kOhb80kL8E8ZNvjWDeW5aRTeYowVRGP81YAw1VCYFKidO9zxgbaa1tCSovW4_wa_w', '-----BEGIN CERTIFICATE-----
MIIDqjCCApKgAwIBAgIIzCEbGwHosWYwDQYJKoZIhvcNAQELBQAwejELMAkGA1UE
BhMCSU4xCzAJBgNVBAgMAktBMRIwEAYDVQQHDAlCQU5HQUxPUkUxDTALBgNVBAoM
BElJVEIxGjAYBgNVBAsMEU1PU0lQLVRFQ0gtQ0VOVEVSMR8wHQYDVQQDDBZ3d3cu
bW9zaXAuaW8gKExJTUlURUQpMB4XDTI2MTEyNTEwNDA0MFoXDTI5MTEyNDEwNDA0
MFowbzELMAkGA1UEBhMCSU4xCzAJBgNVBAgMAktBMRIwEAYDVQQHDAlCQU5HQUxP
UkUxDTALBgNVBAoMBElJVEIxGjAYBgNVBAsMEU1PU0lQLVRFQ0gtQ0VOVEVSMRQw
EgYDVQQDDAtMSU1JVEVELWJveDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoC
ggEBAJgIIkaucIkRTGR+JHFQ/lDtN7w52d4lrPI5G8P7amwvtZ2OLu2dXzMdz7Wc
LlQ1l70qOO3Ro4ObwMnD75Un79QcS8TNNuXaW0nbNT3d8M1BvSez0jykC2eSPqXk
SlcLRKruplG7Fc9ijmLTGyi16a24V8CcybTSx/VJbH8P2e+Dics6zXFB8INqMUdV
EJNuQYFxAaTpB50YLKa+fze27PktIexLTpjqeJJT3Ng2fi5TXmze1gnjSBVIocAk
Cp+dEqD/AxXHNNrh3V6t4wm05WCVrSU+jWWxJuSUYQXAqfBf4rwYYrR/7rESNCuk
+rIn6WN9kSKEckaJ2vgr6KoBTEkCAwEAAaM/MD0wDAYDVR0TAQH/BAIwADAdBgNV
HQ4EFgQUlQ971kbfCx3Hm3vcYRKFG4x01pkwDgYDVR0PAQH/BAQDAgUgMA0GCSqG
SIb3DQEBCwUAA4IBAQAuG4HLAjIT3jTjZh80hx8wHmUJ37EtHhU7iJ8sqemLBam/
Q1Mm0ibzClNI+8d1W0nqJk6BCwrBAtgT9MDSbyTasX2bEq57q2AwQjln9YBEXSHE
sL+h8FKFOcxotwU2VW5Jjt7ulX6X+i8vZKGlN/Z2hEQ5iDnDgZqBS88Bv1QlTq4A
kKIDLVLoNdDu1MEko0TTIwS6K7MhXKiRpf0LfpMiBmX9oKa7tGwZZT/+5czt654M
rnZlsJUj9DVGBoFtmtc/b2kqtRXE7+LTD3xxJvG3KzQ3aCDe+QYrei9zAsGX9sYj
hn+bXz4cNxluw6IoUPMiUKkP50BkI4WRSmZqhFwT
-----END CERTIFICATE-----
', 'SYSTEM', '2026-11-25 10:40:44.074801', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('e7906690-4345-4529-8829-190cb847f22f', 'e7906690-4345-4529-8829-190cb847f22f', 'NA', '-----BEGIN CERTIFICATE-----
MIIDPTCCAiWgAwIBAgIUSSqz4MZNZv1MG6wmvLYxdq4rSFkwDQYJKoZIhvcNAQEL
BQAwTTELMAkGA1UEBhMCSU4xEzARBgNVBAoMCkxpZmUgUm9vdHMxDTALBgNVBAsM
BFRlc3QxGjAYBgNVBAMMEUxpZmUgSW50ZXJtZWRpYXRlMB4XDTI2MTEyNTA5NDA0
NFoXDTI4MTAyNTA5NDA0NFowQjELMAkGA1UEBhMCSU4xDjAMBgNVBAoMBVAgT25l
MQ0wCwYDVQQLDARUZXN0MRQwEgYDVQQDDAtwYXJ0bmVyIG9uZTCCASIwDQYJKoZI
hvcNAQEBBQADggEPADCCAQoCggEBALDhY/Cjou6MJhm/90rZyswM6oc279Es5lry
GG4S2DzfQsHWcHuInqaJXwoqMR74nIqZEs+qMhecArjsxkEyjUvJcCI5k2ZlIncq
EBGCGrqKyuIDBkEU6szh79YcShH5mKU7M5ozaPCLsBHu2Vv/lbswR0bLiV/28qIh
l+rUDWC+IF9Zf1arEMONOa0ujNL1j3T+dV+2UPL0VbuM3/nkqqp9YNOHepQs1Tj8
oeTET5xgANkGSDqJIvpmsY+J21fmiqoTuhVAa34CZW02PYrHRwHoWmao6LiMzAzV
x/5EDyaB3OkkTO+WiM3zTw7Wi6GUEBkqX9lOa/5yna06zHzcTzMCAwEAAaMgMB4w
DAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCBaAwDQYJKoZIhvcNAQELBQADggEB
ADFGVagbQZqovi8w3wgbROQif1xVZCntVibGDTs5j8OptW5godMb8txMeubpX31X
8lBZbY+IU3vup611LQsSeGnKzFqozn4BSBzTl3lSbk7+CQ4+t8DuxCu5jo0a+2hv
NnPj8HP2xurKge9gADhyL/xUA5+hjAiFgrgpUqgP3JhbuxoNOwES1EZPJUfFr8rr
We/DK6/TD3RMAwfPJXnXt2qzSBRAyQADQDDI69GX8wnXxt4feGLiaoCy02UDef0i
+D7/Yq7VxouHo37SHPJA17yJQ8VLj9mhaOKHU6/8+uupfpNxrMtCY1oIQ6QJpwFX
YVr+c2+pYb19dyNHQqMSAkw=
-----END CERTIFICATE-----
', 'SYSTEM', '2026-11-25 10:40:44.401386', NULL, NULL, false, NULL);
INSERT INTO keymgr.key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes, upd_by, upd_dtimes, is_deleted, del_dtimes) VALUES ('cf805c18-d1b5-4b86-be19-cfbc93dcf45a', 'cf805c18-d1b5-4b86-be19-cfbc93dcf45a', 'NA', '-----BEGIN CERTIFICATE-----
MIIDPTCCAiWgAwIBAgIUSSqz4MZNZv1MG6wmvLYxdq4rSFkwDQYJKoZIhvcNAQEL
BQAwTTELMAkGA1UEBhMCSU4xEzARBgNVBAoMCkxpZmUgUm9vdHMxDTALBgNVBAsM
BFRlc3QxGjAYBgNVBAMMEUxpZmUgSW50ZXJtZWRpYXRlMB4XDTI2MTEyNTA5NDA0
NFoXDTI4MTAyNTA5NDA0NFowQjELMAkGA1UEBhMCSU4xDjAMBgNVBAoMBVAgT25l
MQ0wCwYDVQQLDARUZXN0MRQwEgYDVQQDDAtwYXJ0bmVyIG9uZTCCASIwDQYJKoZI
hvcNAQEBBQADggEPADCCAQoCggEBALDhY/Cjou6MJhm/90rZyswM6oc279Es5lry
GG4S2DzfQsHWcHuInqaJXwoqMR74nIqZEs+qMhecArjsxkEyjUvJcCI5k2ZlIncq
EBGCGrqKyuIDBkEU6szh79YcShH5mKU7M5ozaPCLsBHu2Vv/lbswR0bLiV/28qIh
l+rUDWC+IF9Zf1arEMONOa0ujNL1j3T+dV+2UPL0VbuM3/nkqqp9YNOHepQs1Tj8
oeTET5xgANkGSDqJIvpmsY+J21fmiqoTuhVAa34CZW02PYrHRwHoWmao6LiMzAzV
x/5EDyaB3OkkTO+WiM3zTw7Wi6GUEBkqX9lOa/5yna06zHzcTzMCAwEAAaMgMB4w
DAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCBaAwDQYJKoZIhvcNAQELBQADggEB
ADFGVagbQZqovi8w3wgbROQif1xVZCntVibGDTs5j8OptW5godMb8txMeubpX31X
8lBZbY+IU3vup611LQsSeGnKzFqozn4BSBzTl3lSbk7+CQ4+t8DuxCu5jo0a+2hv
NnPj8HP2xurKge9gADhyL/xUA5+hjAiFgrgpUqgP3JhbuxoNOwES1EZPJUfFr8rr
We/DK6/TD3RMAwfPJXnXt2qzSBRAyQADQDDI69GX8wnXxt4feGLiaoCy02UDef0i
+D7/Yq7VxouHo37SHPJA17yJQ8VLj9mhaOKHU6/8+uupfpNxrMtCY1oIQ6QJpwFX
YVr+c2+pYb19dyNHQqMSAkw=
-----END CERTIFICATE-----
', 'SYSTEM', '2026-11-25 10:40:44.458408', NULL, NULL, false, NULL);
