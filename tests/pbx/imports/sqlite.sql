PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, calldate, clid, dcontext, channel, dstchannel, lastapp, lastdata, src, dst, duration, billsec, disposition, amaflags, accountcode, uniqueid, userfield);
INSERT INTO cdr VALUES(1,'2022-05-30 14:53:41','"Kristin Hale" <2005>','from-internal','PJSIP/2005-0000001a','PJSIP/carrier-a-0000001b','Dial','C:\','2005','12025550143','60.482113','55.019274','ANSWERED','DOCUMENTATION','','1653893621.4','');
COMMIT;
